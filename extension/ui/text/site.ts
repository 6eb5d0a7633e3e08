/** Filling in on the institution’s sites: allowing it, and doing it by itself. */
export const ja = {
  autofill: {
    label: '自動で入力する',
    hint: 'アプリロックが開いている間、この金融機関の入力欄だけに入力します。送信はしません。',
  },

  access: {
    title: 'ページへの入力が許可されていません',
    text: '入力するには、次のサイトについてブラウザの許可が必要です。ほかのサイトは対象になりません。',
    grant: '許可する',
    granted: '許可されています。',
    refused: '許可されませんでした。コピーして使えます。あとから許可することもできます。',
    withdraw: '許可を取り消す',
  },
};

export const en: typeof ja = {
  autofill: {
    label: 'Fill in automatically',
    hint: 'While the app lock is open, and only on this institution’s pages. Nothing is submitted.',
  },

  access: {
    title: 'Filling in on the page is not allowed yet',
    text: 'To fill in one-time passwords, the browser has to allow these sites. No other site is concerned.',
    grant: 'Allow',
    granted: 'Allowed.',
    refused: 'Not allowed. You can still copy, and allow it later.',
    withdraw: 'Withdraw',
  },
};
