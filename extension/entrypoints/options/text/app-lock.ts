import type { Weakness } from '../../../lock-code-strength.ts';
import { momentText } from '../../../ui/format.ts';
import { differenceText } from '../../../ui/text/app-lock.ts';

/** App lock, passkeys, reset and clock, as far as only this page shows them. Japanese is the source. */
export const ja = {
  appLock: {
    title: 'アプリロック',
    on: 'アプリロック',
    onHint: 'オンの間は、トークンを見たり入力したりする前に、アプリロックコードが必要です。',
    offState:
      'アプリロックはオフです。このブラウザを使える人は誰でもワンタイムパスワードを見られます。トークンを守る鍵は、暗号化されずにこのブラウザのプロファイルに保存されています。',
    offTitle: 'アプリロックをオフにしますか',
    offWhat: [
      'このブラウザを開ける人は誰でも、アプリロックコードなしでワンタイムパスワードを見られるようになります。',
      'トークンを守る鍵が、暗号化されずにこのブラウザのプロファイルに保存されます。プロファイルのコピーを手に入れた人は、ワンタイムパスワードを作れます。',
      '登録したパスキーは使えなくなります。',
      'あとでオンに戻しても、オフの間に作られたコピーは守れません。',
    ] as readonly string[],
    offNow: 'オフにする',
    onTitle: 'アプリロックをオンにします',
    onNow: 'オンにする',
    change: 'アプリロックコードを変える',
    changeTitle: 'アプリロックコードの変更',
    current: '今のアプリロックコード',
    changeNow: '変更する',
    newCode: '新しいアプリロックコード(1 〜 32 桁の数字)',
    newCodeAgain: '新しいアプリロックコード(もう一度)',
    weak: (weakness: Weakness) =>
      `${{ short: '短い', repeat: '同じ並びを繰り返した', sequence: '順に並んだ', date: '日付や年と読める' }[weakness]}数字は、推測されやすい数字です。このままでも使えますが、8 桁以上で、並び、繰り返し、日付のない数字をお勧めします。`,
    done: {
      off: 'アプリロックをオフにしました。',
      on: 'アプリロックをオンにしました。',
      changed: 'アプリロックコードを変更しました。',
      rules: '保存しました。',
      passkeyAdded: 'パスキーを追加しました。次からはパスキーでも開けます。',
      passkeyRemoved: 'パスキーを削除しました。端末に残っているパスキーは、端末の設定で削除してください。',
    },
    never: 'ブラウザを閉じるまで',
    systemLock: '画面ロックと同時にロックする',
    systemLockHint: 'パソコンの画面がロックされたとき、アプリロックもかけます。',
    browserEnd: 'ブラウザを閉じると、いつもロックされます。',
    askEachUse: '使うたびにアプリロックコードを確かめる',
    askEachUseHint:
      'トークン一覧が開いていても、ワンタイムパスワードを表示、入力するたびに確かめます。自動入力は止まります。',
    erase: '10 回続けて間違えたら消去する',
    eraseHint: 'アプリロックコードを 10 回続けて間違えると、すべてのトークンを消します。',
    eraseTitle: '消去すると元に戻せません',
    eraseText:
      '間違えたのがご本人でも、ほかの人のいたずらでも、10 回目ですべてのトークンが消えます。ほかの金融機関のトークンも消え、金融機関ごとに失効と再発行の手続が必要になります。',
    eraseNow: '消去をオンにする',
    ruleNow: '変更する',
  },

  passkey: {
    title: 'パスキー',
    text: 'アプリロックコードの代わりに、端末の指紋、顔、PIN などで開けます。アプリロックコードも引き続き使えます。',
    none: '登録されていません。',
    name: (atMs: number) => `${momentText(atMs, 'ja')} に追加`,
    add: 'パスキーを追加する',
    addTitle: 'パスキーの追加',
    addText: 'アプリロックコードの確認後、パスキーを作成するかどうかをブラウザが尋ねます。',
    remove: '削除',
    removeLabel: (atMs: number) => `${momentText(atMs, 'ja')} に追加したパスキーを削除する`,
    openTitle: 'アプリロックを開きます',
    opened: '開きました。このタブを閉じて、ツールバーの Shirushi のボタンから続けてください。',
  },

  reset: {
    title: 'アプリロックコードを忘れたとき',
    text: [
      'アプリロックコードはこのブラウザの中だけにあり、金融機関でも調べられません。忘れたときは、この拡張機能の内容をすべて消して、はじめからやり直します。',
      '登録したトークンは、ほかの金融機関のものもすべて消えます。消したトークンは元に戻せません。',
    ] as readonly string[],
    tokens: '消えるトークン',
    sites: '許可されている金融機関のサイト',
    sitesText: 'ブラウザに残っている許可の記録です。許可していない金融機関のトークンは、ここに出ないことがあります。',
    noSites: '許可されているサイトはありません。登録した金融機関を、届いたメールや契約の控えで確かめてください。',
    understand: 'すべてのトークンが消え、元に戻せないことを理解しました',
    mustUnderstand: '消す前に、上の項目にチェックを入れてください。',
    now: 'すべて消去する',
    failed: '消去できませんでした。もう一度押してください。続くときは、ブラウザを再起動してください。',
  },

  clock: {
    title: '時計',
    allow: 'ときどき時計を確かめる',
    allowHint:
      'アプリロックが開いている間、1 日に 1 回ほど、認証サーバーに現在の時刻を尋ねます。ほかの情報は送りません。オフのときは尋ねません。',
    checkNow: '今すぐ確かめる',
    unreached: (hosts: string) =>
      `${hosts} から時刻を得られませんでした。インターネットの接続を確かめ、しばらく待ってから、もう一度押してください。`,
    checked: '確かめました。',
    never: 'まだ確かめていません。',
    right: (host: string) => `${host}: 時計は合っています。`,
    state: (host: string, differenceMs: number) =>
      `${host}: この端末の時計が${differenceText(differenceMs, 'ja')}います。`,
    atText: (moment: string) => `確かめた日時: ${moment}`,
  },
};

export const en: typeof ja = {
  appLock: {
    title: 'App lock',
    on: 'App lock',
    onHint: 'While it is on, your lock code is needed before one-time passwords are shown or filled in.',
    offState:
      'The app lock is off. Anybody who can use this browser can see your one-time passwords. The key that protects the tokens is stored in this browser’s profile without encryption.',
    offTitle: 'Turn the app lock off?',
    offWhat: [
      'Anybody who can open this browser will see your one-time passwords without a lock code.',
      'The key that protects the tokens will be stored in this browser’s profile without encryption. Somebody with a copy of the profile can make your one-time passwords.',
      'Your passkeys will no longer open it.',
      'Turning it on again later does not protect copies that were made meanwhile.',
    ],
    offNow: 'Turn off',
    onTitle: 'Turn the app lock on',
    onNow: 'Turn on',
    change: 'Change the lock code',
    changeTitle: 'Change of the lock code',
    current: 'Present lock code',
    changeNow: 'Change',
    newCode: 'New lock code (1 to 32 digits)',
    newCodeAgain: 'New lock code (again)',
    weak: (weakness) =>
      `It ${{ short: 'is short', repeat: 'repeats its digits', sequence: 'is a run of digits', date: 'reads like a date or a year' }[weakness]}. It is easy to guess: you may use it, but 8 or more digits without runs, repeats or dates are better.`,
    done: {
      off: 'The app lock is off.',
      on: 'The app lock is on.',
      changed: 'The lock code has been changed.',
      rules: 'Saved.',
      passkeyAdded: 'The passkey has been added. From now on it opens the app lock too.',
      passkeyRemoved: 'The passkey has been removed. Delete what is left of it in your computer’s settings.',
    },
    never: 'Only when the browser ends',
    systemLock: 'Close with the screen lock',
    systemLockHint: 'When the computer’s screen is locked, the app lock closes too.',
    browserEnd: 'It always closes when the browser ends.',
    askEachUse: 'Ask for the lock code at each use',
    askEachUseHint:
      'Even while the app lock is open, each one-time password is shown or filled in only after your lock code. Automatic filling stops.',
    erase: 'Erase after 10 wrong lock codes in a row',
    eraseHint: 'After 10 wrong lock codes in a row all tokens are erased.',
    eraseTitle: 'What is erased cannot be brought back',
    eraseText:
      'Whether it was you who was wrong or somebody else’s prank: the tenth one erases all tokens, those of other institutions too. Each institution then has to revoke your token and issue a new one.',
    eraseNow: 'Turn erasing on',
    ruleNow: 'Change',
  },

  passkey: {
    title: 'Passkeys',
    text: 'Open with your computer’s fingerprint, face or PIN instead of the lock code. The lock code keeps working.',
    none: 'None yet.',
    name: (atMs) => `Added ${momentText(atMs, 'en')}`,
    add: 'Add a passkey',
    addTitle: 'Add a passkey',
    addText: 'After your lock code has been checked, the browser will ask you to create the passkey.',
    remove: 'Remove',
    removeLabel: (atMs) => `Remove the passkey added ${momentText(atMs, 'en')}`,
    openTitle: 'Open the app lock',
    opened: 'It is open. Close this tab and go on with the button in the toolbar.',
  },

  reset: {
    title: 'If you forgot your lock code',
    text: [
      'The lock code exists only in this browser; not even your institution can look it up. Without it, everything in this extension has to be erased, and you start again.',
      'All tokens registered here will be gone, those of other institutions too. They cannot be brought back.',
    ],
    tokens: 'Tokens that will be erased',
    sites: 'Institutions’ sites that you allowed',
    sitesText:
      'This is the browser’s own record of what was allowed. An institution whose site you never allowed may be missing.',
    noSites: 'No site is allowed. Look up your institutions in their mails or in your contracts.',
    understand: 'I understand that all tokens will be gone for good',
    mustUnderstand: 'Tick the box above first.',
    now: 'Erase everything',
    failed: 'It was not erased. Press again. If that does not help, restart the browser.',
  },

  clock: {
    title: 'Clock',
    allow: 'Check the clock now and then',
    allowHint:
      'About once a day, while the app lock is open, the verifier is asked for the present time. Nothing else is sent. While this is off, it is not asked.',
    checkNow: 'Check now',
    unreached: (hosts) => `${hosts} did not tell the time. Check your connection, wait a while and press again.`,
    checked: 'Checked.',
    never: 'Not checked yet.',
    right: (host) => `${host}: the clock is right.`,
    state: (host, differenceMs) => `${host}: this computer’s clock is ${differenceText(differenceMs, 'en')}.`,
    atText: (moment) => `Checked ${moment}`,
  },
};
