/** Filling in on the institution’s sites: allowing it, and doing it by itself. */
export const ja = {
  autofill: {
    label: '自動で入力する',
    hint: 'アプリロックが開いている間、この金融機関の入力欄だけに入力します。送信はしません。',
  },

  access: {
    text: '許可すると、次のサイトで自動入力と右クリックのメニューが使えます。許可しなくても、多くの場合はツールバーのボタンから入力できます。',
    grant: '許可する',
    granted: '許可されています。',
    refused: '許可されませんでした。あとから許可することもできます。',
    withdraw: '許可を取り消す',
    withdrawn: '許可を取り消しました。',
  },
};

export const en: typeof ja = {
  autofill: {
    label: 'Fill in automatically',
    hint: 'While the app lock is open, and only on this institution’s pages. Nothing is submitted.',
  },

  access: {
    text: 'If you allow these sites, automatic filling and the context menu work there. On most pages the button in the toolbar fills in without it.',
    grant: 'Allow',
    granted: 'Allowed.',
    refused: 'Not allowed. You can allow it later.',
    withdraw: 'Stop allowing',
    withdrawn: 'No longer allowed.',
  },
};
