/** The first page after the installation, and the page about the extension. */
export const ja = {
  welcome: {
    title: 'はじめに',
    lead: 'Shirushi は、信用組合のインターネットバンキングで使うワンタイムパスワードを、このブラウザに表示し、入力します。',
    needTitle: '用意するもの',
    need: [
      '金融機関でのトークン発行(申込み)',
      '届いたメール、または認証確認画面にあるサービスIDとユーザID',
      'トークン発行のときに決めた利用開始パスワード',
    ] as readonly string[],
    knowTitle: '知っておいていただきたいこと',
    know: [
      'トークンはこのブラウザの中だけにあります。アプリロックコードを忘れると、誰も元に戻せません。',
      'パソコンやブラウザを替えるとき、この拡張機能を削除するときは、先に金融機関でトークンを失効してください。',
      'ワンタイムパスワードを尋ねる電話やメールには応じないでください。金融機関が尋ねることはありません。',
    ] as readonly string[],
    start: '初期設定を始める',
  },
  about: {
    title: 'この拡張機能について',
    version: 'バージョン',
    privacyTitle: 'プライバシーについて',
    privacy: [
      '利用状況の収集、広告、分析、ほかの会社への提供はありません。',
      '通信の相手は、初期設定でご自分が確かめた認証サーバーだけです。初期設定では、サービスID、ユーザID、利用開始パスワードと、その設定のためだけに作った公開鍵を送ります。時計の確認では、何も付けずに時刻を尋ねます。',
      'ワンタイムパスワードは、このブラウザの中で通信せずに作ります。入力するのは、金融機関がトークンとともに示したサイトだけです。',
      'トークンは暗号化してこのブラウザのプロファイルに保存します。アプリロックがオフのときは、その鍵も同じ場所にあります。',
      'すべて消すには、設定でトークンを削除するか、この拡張機能を削除してください。',
    ] as readonly string[],
    permissionsTitle: 'ブラウザの権限',
    permissions: [
      '保存、無制限の保存: 暗号化したトークンと設定を残します。ディスクの空きが少なくても、ブラウザに消されません。',
      '今のタブ、スクリプト: 押したときに、そのページの入力欄に入力します。',
      'アラーム: 使わないときにアプリロックをかけ、コピーの 30 秒後にクリップボードを空にします。',
      'クリップボードへの書き込み: コピーし、空にします。読み取る権限はありません。',
      'コンテキストメニュー: 右クリックした欄に入力する項目をメニューに加えます。',
      'システムの状態、オフスクリーン(Chrome のみ): 画面ロックに合わせてアプリロックをかけ、クリップボードを空にします。',
      'サイトごとの許可: 金融機関のサイトだけを、一つずつお尋ねします。',
    ] as readonly string[],
    licenceTitle: 'ライセンス',
    licence: 'Shirushi は MIT ライセンスで公開しています。',
    licenceLink: '同梱しているソフトウェアの著作権とライセンス(英語)',
  },
};

export const en: typeof ja = {
  welcome: {
    title: 'Welcome',
    lead: 'Shirushi shows the one-time passwords of your credit union’s internet banking in this browser, and fills them in.',
    needTitle: 'What you need',
    need: [
      'A token, applied for and issued at your institution',
      'Service ID and User ID: in the mail, or on the institution’s confirmation screen',
      'The activation password that you chose when the token was issued',
    ],
    knowTitle: 'Good to know',
    know: [
      'Your tokens live in this browser alone. If you forget the lock code, nobody can bring them back.',
      'Before you change computer or browser, or remove this extension, have your tokens revoked at your institution.',
      'Never tell a one-time password to anybody who calls or writes. Your institution will not ask for it.',
    ],
    start: 'Start set-up',
  },
  about: {
    title: 'About',
    version: 'Version',
    privacyTitle: 'Privacy',
    privacy: [
      'No usage data, no advertising, no analysis, nothing to third parties.',
      'It talks to nobody but the verifier that you confirmed during set-up. The set-up sends the Service ID, User ID and activation password, and a public key made for this set-up alone. A check of the clock asks for the time and sends nothing else.',
      'One-time passwords are made in this browser without any connection. They are filled in only on sites that came with the token from your institution.',
      'Tokens are stored encrypted in this browser’s profile. While the app lock is off, their key lies there too.',
      'To erase everything, remove the tokens in the settings or remove this extension.',
    ],
    permissionsTitle: 'The browser’s permissions',
    permissions: [
      'Storage, unlimited storage: keeps the encrypted tokens and your settings, and keeps the browser from deleting them on a full disk.',
      'Active tab, scripting: fill in on the page in front when you ask for it.',
      'Alarms: close the app lock when it is not used, and empty the clipboard 30 seconds after copying.',
      'Writing to the clipboard: to copy, and to empty it. There is no permission to read it.',
      'Context menu: adds the entry that fills the field you right-click.',
      'System state and offscreen page (Chrome only): close the app lock with the screen lock, and empty the clipboard.',
      'Sites: only those of your institutions, asked for one by one.',
    ],
    licenceTitle: 'Licence',
    licence: 'Shirushi is published under the MIT licence.',
    licenceLink: 'Copyright and licences of bundled software',
  },
};
