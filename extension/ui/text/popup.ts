/** The popup’s views. */
export const ja = {
  emptyTitle: 'トークンがまだありません',
  emptyText:
    '金融機関でトークン発行を申し込み、届いたメールまたは認証確認画面にあるサービスIDとユーザIDを手元に用意してください。',
  start: '初期設定を始める',
  addToken: 'トークン追加',
  settings: '設定',
  listTitle: 'トークン選択',
  list: 'トークン一覧',
  thisPage: 'このページ',
  search: 'トークンを検索',
  found: (count: number) => `${count} 件見つかりました。`,
  notFound: '見つかりません。金融機関名、追加文言、サービスID、ユーザIDで探せます。',
  expired: '有効期限切れ',
  revoked: '失効済み',
  damagedTitle: (count: number) => `読み取れないトークンが ${count} 個あります`,
  damagedSee: '「設定」を開いて、次にすることを確かめてください。',
  asksFirst: 'アプリロックコードで表示',
  askedFor: '入力するトークンを選んでください。次からはこのトークンを使います。',
  askedElsewhere: 'このページに入力できるトークンはありません。アドレスを確かめてください。',
};

export const en: typeof ja = {
  emptyTitle: 'No token yet',
  emptyText:
    'Apply for a token at your institution. Then have the Service ID and User ID at hand: they are in the mail or on the institution’s confirmation screen.',
  start: 'Start set-up',
  addToken: 'Add token',
  settings: 'Settings',
  listTitle: 'Choose a token',
  list: 'All tokens',
  thisPage: 'This page',
  search: 'Search tokens',
  found: (count) => `${count} found.`,
  notFound: 'Nothing found. Search by institution, additional text, Service ID or User ID.',
  expired: 'Expired',
  revoked: 'Revoked',
  damagedTitle: (count) => `${count} ${count === 1 ? 'token' : 'tokens'} cannot be read`,
  damagedSee: 'Open the settings to see what to do.',
  asksFirst: 'Asks for the lock code',
  askedFor: 'Choose the token to fill in. It will be used here from now on.',
  askedElsewhere: 'None of these tokens is for this page. Check the address.',
};
