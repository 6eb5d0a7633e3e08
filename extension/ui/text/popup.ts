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
};
