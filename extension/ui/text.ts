import type { FillOutcome, SetUpFailure } from '../messages.ts';
import { durationText, type Language, momentText, type Strength } from './format.ts';

/** Every text of popup and options. Japanese is the source; English says the same in plain words. */
const ja = {
  product: 'Shirushi',
  loading: '読み込んでいます…',
  noAnswer: {
    title: '拡張機能から応答がありません',
    next: 'この画面を閉じて、もう一度開いてください。続くときは、ブラウザを再起動してください。',
  },
  back: '戻る',
  cancel: 'やめる',

  code: {
    label: 'ワンタイムパスワード',
    next: '次',
    remainingLabel: (seconds: number) => `残り ${durationText(seconds, 'ja')}`,
    ids: (serviceId: string, userId: string) => `サービスID ${serviceId} ・ ユーザID ${userId}`,
    copy: 'コピーする',
    copied: 'コピーしました。',
    copyFailed: 'コピーできませんでした。表示されている数字を入力してください。',
    fill: 'ページに入力する',
    filling: '入力しています…',
    fillOutcome: {
      filled: '入力しました。ページの内容を確かめて、続けてください。',
      noField:
        'このページにワンタイムパスワードの入力欄が見つかりません。入力欄のある画面でもう一度押すか、コピーして貼り付けてください。',
      notThisPage:
        'このページは、このトークンの金融機関のものではありません。入力していません。アドレスを確かめてください。',
      noPermission: 'このページへの入力がブラウザで許可されていません。下の「許可する」を押すか、コピーしてください。',
      failed: '入力欄に入力できませんでした。コピーして貼り付けてください。',
      vaultClosed: 'アプリロックがかかりました。アプリロックコードを入力して、もう一度押してください。',
    } satisfies Record<FillOutcome, string>,
    expired: (atMs: number) => ({
      title: 'トークンの有効期限が切れています',
      text: `有効期限は ${momentText(atMs, 'ja')}でした。このワンタイムパスワードは使えません。金融機関でトークンを失効し、新しいトークンの発行を受けてください。`,
    }),
    expiresSoon: (atMs: number) => `有効期限は ${momentText(atMs, 'ja')}です。`,
  },

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

  lock: {
    code: 'アプリロックコード',
    closedTitle: 'アプリロックがかかっています',
    open: '開く',
    opening: '確かめています…',
    close: 'ロックする',
    missing: 'アプリロックコードを入力してください。',
    notDigits: 'アプリロックコードは 1 〜 32 桁の数字です。数字だけで入力してください。',
    wrong: (failures: number) =>
      failures > 1
        ? `アプリロックコードが違います(続けて ${failures} 回)。もう一度入力してください。`
        : 'アプリロックコードが違います。もう一度入力してください。',
    wrongWait: (failures: number, seconds: number) =>
      `アプリロックコードが違います(続けて ${failures} 回)。${durationText(seconds, 'ja')}待ってから、もう一度入力してください。`,
    wait: (seconds: number) => `あと ${durationText(seconds, 'ja')}で入力できます。`,
    waitFirst: '続けて間違えたため、しばらく入力できません。表示の時間だけお待ちください。',
    forgotten: 'アプリロックコードを忘れたとき',
    forgottenText:
      'アプリロックコードはこのブラウザの中だけにあり、金融機関でも調べられません。使い始めからやり直すには、金融機関でトークンを失効し、この拡張機能を削除してもう一度インストールしてください。登録したトークンは、ほかの金融機関のものもすべて消えます。',
  },

  popup: {
    emptyTitle: 'トークンがまだありません',
    emptyText:
      '金融機関でトークン発行を申し込み、届いたメールまたは認証確認画面にあるサービスIDとユーザIDを手元に用意してください。',
    start: '初期設定を始める',
    addToken: 'トークン追加',
    settings: '設定',
    listTitle: 'トークン選択',
    list: 'トークン一覧',
    thisPage: 'このページ',
  },

  setUp: {
    title: '初期設定',
    addTitle: 'トークン追加',
    steps: ['案内の入力', '確認と送信', '登録', '認証確認'] as readonly string[],
    stepsLabel: '手順',

    sourceTitle: '金融機関からの案内を入力します',
    sourceText: 'トークン発行のあとに届いたメールを用意してください。',
    link: 'メールのリンクまたは本文',
    linkHint: '貼り付けると、下の欄に自動で入ります。',
    linkRead: 'メールの内容を下の欄に入れました。',
    linkAddress: 'アドレスを下の欄に入れました。サービスIDとユーザIDは、認証確認画面を見て入力してください。',
    linkUnread: '案内が読み取れませんでした。下の欄に直接入力してください。',
    verifierAddress: '認証サーバーのアドレス',
    verifierAddressHint: 'メールのリンクの始めの部分です。例: otp.example.jp',
    serviceId: 'サービスID',
    serviceIdHint: 'メールまたは認証確認画面にあります。',
    userId: 'ユーザID',
    userIdHint: 'ログインIDではありません。サービスIDと並んで書かれています。',
    next: '次へ',
    checking: '接続先を確かめています…',
    missing: (label: string) => `${label}を入力してください。`,
    addressWrong: 'アドレスの形が正しくありません。メールにあるアドレスを、otp.example.jp のように入力してください。',
    unreachable:
      '認証サーバーに接続できませんでした。アドレスとインターネットの接続を確かめて、もう一度「次へ」を押してください。',
    offline: 'インターネットに接続されていません。接続してから、もう一度押してください。',
    notAVerifier: 'このアドレスは認証サーバーではありません。メールにあるアドレスと見比べて、入力し直してください。',

    sendTitle: '送り先を確かめて、送信します',
    hostLabel: 'データの送り先',
    hostText:
      'サービスID、ユーザID、利用開始パスワードがここに送られます。まだ何も送っていません。金融機関からの案内にある名前と同じか、確かめてください。',
    hostForeign:
      'この名前には、英数字以外の文字が使われています。見た目の似た別の宛先かもしれません。金融機関からの案内と、一文字ずつ見比べてください。',
    hostLocal: 'この端末の中のサーバーです。試用のときだけ使います。',
    clockTitle: (differenceMs: number) => {
      const time = durationText(Math.round(Math.abs(differenceMs) / 1000), 'ja');
      return `この端末の時計が ${time}${differenceMs > 0 ? '進んでいます' : '遅れています'}`;
    },
    clockText:
      '時計が合っていないと、ワンタイムパスワードは受け付けられません。端末の設定の「日付と時刻」で、時刻の自動設定をオンにしてください。',
    clockRecheck: '時計をもう一度確かめる',
    clockGoOn: '今は直せないときも、このまま続けられます。使う前に時計を合わせてください。',
    clockRight: '時計は合っています。',
    activationPassword: '利用開始パスワード',
    activationPasswordHint: 'トークン発行のときにご自分で決めた 4 〜 8 桁の数字です。',
    activationPasswordWrong: '利用開始パスワードは 4 〜 8 桁の数字です。入力し直してください。',
    lockTitle: 'アプリロック',
    lockText:
      'アプリロックは、ほかの人がこのブラウザでワンタイムパスワードを見ることを防ぎます。しばらく使わないときやブラウザを閉じたときにかかり、アプリロックコードで開きます。',
    lockForget:
      'アプリロックコードはこのブラウザの中だけに残り、誰も調べられません。忘れると、すべてのトークンを登録し直すことになります。',
    lockCodeNew: 'アプリロックコード(1 〜 32 桁の数字)',
    lockCodeAgain: 'アプリロックコード(もう一度)',
    lockCodeOpen: 'アプリロックがかかっています。トークンを加えるために、アプリロックコードを入力してください。',
    lockCodesDiffer: '2 つのアプリロックコードが違います。同じ数字を入力してください。',
    showDigits: '入力した数字を表示する',
    strength: (strength: Strength) => `強さ: ${{ weak: '弱い', fair: 'ふつう', strong: '強い' }[strength]}`,
    weak: '推測されやすい数字です。このままでも使えますが、8 桁以上で、並びや繰り返しのない数字をお勧めします。',
    send: '送信',
    sending: '送信しています…',
    failure: {
      provisioningRefused:
        '認証サーバーが受け付けませんでした。サービスID、ユーザID、利用開始パスワードのいずれかが違うか、有効期限が過ぎています。案内と見比べて、入力し直してください。続けて間違えるとこの案内は使えなくなります。そのときは金融機関でトークン発行からやり直してください。',
      unreachable:
        '認証サーバーに接続できませんでした。インターネットの接続を確かめて、もう一度「送信」を押してください。同じ内容で送り直せます。',
      notAVerifier:
        '認証サーバーからの答えを読み取れませんでした。「戻る」を押して、アドレスがメールと同じか確かめてください。',
      tooManyTries: '送信の回数が多すぎます。しばらく待ってから、もう一度「送信」を押してください。',
      answerNotTrusted:
        '受け取った答えが、この端末に宛てたものと確かめられませんでした。トークンは登録していません。送り先が案内と同じか確かめ、続くときは金融機関に連絡してください。',
      full: 'トークンは 10 個まで登録できます。使っていないトークンを設定で削除してから、もう一度「送信」を押してください。',
      lockCodeWrong: 'アプリロックコードが違います。入力し直してください。まだ何も送っていません。',
      lockCodeWait: 'アプリロックコードを続けて間違えたため、しばらく待つ必要があります。まだ何も送っていません。',
      vaultClosed: 'アプリロックがかかりました。アプリロックコードを入力して、もう一度「送信」を押してください。',
    } satisfies Record<SetUpFailure, string>,
    waitMore: (seconds: number) => `あと ${durationText(seconds, 'ja')}で送信できます。`,
    unexpected: '処理を終えられませんでした。もう一度押してください。続くときは、ブラウザを再起動してください。',

    addedTitle: '初期設定完了',
    addedText: (name: string) => `${name}のトークンを受け取りました。使い始めるには、あと 2 つ手順があります。`,
    siteTitle: 'サイトを許可する(任意)',
    siteText:
      '許可すると、次のサイトの入力欄にワンタイムパスワードを入力できます。許可しなくても、コピーして使えます。',
    nameTitle: 'トークン表示名',
    suffix: '追加文言(任意)',
    suffixHint: (name: string) => `金融機関名の後ろに付きます。入力しないときは「${name}」と表示されます。`,
    register: '登録',

    doneTitle: '最後に、金融機関で認証確認をしてください',
    doneText:
      '「初期設定完了」だけでは、まだ使えません。金融機関の画面に戻り、下のワンタイムパスワードを入力して「認証確認」を押すと、使い始められます。',
    doneLater: 'これからは、ツールバーの印のボタンを押すとワンタイムパスワードが表示されます。',
    donePin: 'ボタンが見えないときは、ツールバーの拡張機能の一覧(パズルの形)を開き、Shirushi をピンで留めてください。',
    toSettings: '設定を開く',
  },

  settings: {
    title: '設定',
    general: '全般',
    language: '表示言語',
    languageAuto: 'ブラウザに合わせる',
    closeAfter: '使わないときにロックするまで',
    minutes: (minutes: number) => `${minutes} 分`,
    saved: '保存しました。',
    saveFailed: '保存できませんでした。もう一度選んでください。',
    tokens: 'トークン',
    noTokens: 'トークンはまだありません。',
    closedText: 'トークンの設定を変えるには、アプリロックコードを入力してください。',
    rename: '表示名を変える',
    newSuffix: '変更後の追加文言',
    newSuffixHint: (name: string) => `「${name}」の後ろに付きます。空にすると付きません。`,
    saveName: '変更する',
    remove: '削除',
    removeTitle: (name: string) => `「${name}」を削除しますか`,
    removeText:
      '先に金融機関で「トークンの失効」をしてください。失効する前に削除すると、ワンタイムパスワードが必要な取引ができなくなり、書面での手続が必要になることがあります。',
    removeGone: '削除すると元に戻せません。もう一度使うには、新しいトークンの発行が必要です。',
    removeNow: '削除する',
    removed: (name: string) => `「${name}」を削除しました。`,
    sites: '入力できるサイト',
    serviceId: 'サービスID',
    userId: 'ユーザID',
    expires: '有効期限',
    noExpiry: 'なし',
    about: 'この拡張機能について',
    version: 'バージョン',
  },
};

export type Text = typeof ja;

const en: Text = {
  product: 'Shirushi',
  loading: 'Loading…',
  noAnswer: {
    title: 'The extension does not answer',
    next: 'Close this page and open it again. If that does not help, restart the browser.',
  },
  back: 'Back',
  cancel: 'Cancel',

  code: {
    label: 'One-time password',
    next: 'Next',
    remainingLabel: (seconds) => `${durationText(seconds, 'en')} left`,
    ids: (serviceId, userId) => `Service ID ${serviceId} · User ID ${userId}`,
    copy: 'Copy',
    copied: 'Copied.',
    copyFailed: 'Could not copy. Type the digits that you see.',
    fill: 'Fill in on the page',
    filling: 'Filling in…',
    fillOutcome: {
      filled: 'Filled in. Check the page and go on there.',
      noField:
        'No field for a one-time password was found on this page. Press again on the page that has one, or copy and paste.',
      notThisPage: 'This page does not belong to this token’s institution. Nothing was filled in. Check the address.',
      noPermission: 'The browser does not allow filling in on this page. Press “Allow” below, or copy.',
      failed: 'The field did not take the one-time password. Copy and paste it.',
      vaultClosed: 'The app lock has closed. Enter the lock code and press again.',
    },
    expired: (atMs) => ({
      title: 'This token has expired',
      text: `It expired on ${momentText(atMs, 'en')}. Its one-time passwords no longer work. Have the token revoked at your institution and a new one issued.`,
    }),
    expiresSoon: (atMs) => `Expires on ${momentText(atMs, 'en')}.`,
  },

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

  lock: {
    code: 'Lock code',
    closedTitle: 'The app lock is closed',
    open: 'Open',
    opening: 'Checking…',
    close: 'Close',
    missing: 'Enter your lock code.',
    notDigits: 'A lock code is 1 to 32 digits. Enter digits only.',
    wrong: (failures) =>
      failures > 1
        ? `Wrong lock code (${failures} times in a row). Enter it again.`
        : 'Wrong lock code. Enter it again.',
    wrongWait: (failures, seconds) =>
      `Wrong lock code (${failures} ${failures === 1 ? 'time' : 'times in a row'}). Wait ${durationText(seconds, 'en')}, then enter it again.`,
    wait: (seconds) => `You can try again in ${durationText(seconds, 'en')}.`,
    waitFirst: 'After several wrong lock codes you have to wait for the time shown.',
    forgotten: 'I forgot my lock code',
    forgottenText:
      'The lock code exists only in this browser; not even your institution can look it up. To start again, have your tokens revoked at your institution, then remove this extension and install it again. All tokens registered here will be gone, those of other institutions too.',
  },

  popup: {
    emptyTitle: 'No token yet',
    emptyText:
      'Apply for a token at your institution. Then have the Service ID and User ID at hand: they are in the mail or on the institution’s confirmation screen.',
    start: 'Start set-up',
    addToken: 'Add token',
    settings: 'Settings',
    listTitle: 'Choose a token',
    list: 'All tokens',
    thisPage: 'This page',
  },

  setUp: {
    title: 'Set-up',
    addTitle: 'Add token',
    steps: ['Your details', 'Check and send', 'Register', 'Confirm'],
    stepsLabel: 'Steps',

    sourceTitle: 'Enter what your institution sent you',
    sourceText: 'Have the mail at hand that came after your token was issued.',
    link: 'Link or text of the mail',
    linkHint: 'Paste it here, and the fields below are filled in.',
    linkRead: 'The fields below now hold what the mail says.',
    linkAddress:
      'The address is filled in below. Copy Service ID and User ID from the institution’s confirmation screen.',
    linkUnread: 'Nothing could be read from this text. Fill in the fields below.',
    verifierAddress: 'Address of the verifier',
    verifierAddressHint: 'The beginning of the link in the mail, such as otp.example.jp',
    serviceId: 'Service ID',
    serviceIdHint: 'In the mail or on the institution’s confirmation screen.',
    userId: 'User ID',
    userIdHint: 'Not your login ID. It stands beside the Service ID.',
    next: 'Next',
    checking: 'Checking the address…',
    missing: (label) => `Fill in: ${label}.`,
    addressWrong: 'This is not an address. Enter the one in the mail, such as otp.example.jp.',
    unreachable: 'The verifier cannot be reached. Check the address and your connection, then press “Next” again.',
    offline: 'You are offline. Connect to the internet and press again.',
    notAVerifier: 'There is no verifier at this address. Compare it with the mail and correct it.',

    sendTitle: 'Check where it goes, then send',
    hostLabel: 'Your data will go to',
    hostText:
      'Your Service ID, User ID and activation password will be sent here. Nothing has been sent yet. Make sure that the name is the one your institution gave you.',
    hostForeign:
      'This name contains characters other than plain letters and digits. It may only look like the right one. Compare it with the mail, character by character.',
    hostLocal: 'A server on this computer. Only for trials.',
    clockTitle: (differenceMs) => {
      const time = durationText(Math.round(Math.abs(differenceMs) / 1000), 'en');
      return `This computer’s clock is ${time} ${differenceMs > 0 ? 'fast' : 'slow'}`;
    },
    clockText:
      'With a wrong clock, one-time passwords are not accepted. Turn on automatic time in the computer’s “Date and time” settings.',
    clockRecheck: 'Check the clock again',
    clockGoOn: 'If you cannot set it now, you may go on. Set the clock before you use the token.',
    clockRight: 'The clock is right.',
    activationPassword: 'Activation password',
    activationPasswordHint: 'The 4 to 8 digits that you chose when the token was issued.',
    activationPasswordWrong: 'An activation password is 4 to 8 digits. Enter it again.',
    lockTitle: 'App lock',
    lockText:
      'The app lock keeps others from seeing your one-time passwords in this browser. It closes when you have not used it for a while or close the browser, and your lock code opens it.',
    lockForget:
      'The lock code stays in this browser and nobody can look it up. If you forget it, you have to register all tokens anew.',
    lockCodeNew: 'Lock code (1 to 32 digits)',
    lockCodeAgain: 'Lock code (again)',
    lockCodeOpen: 'The app lock is closed. Enter your lock code to add a token.',
    lockCodesDiffer: 'The two lock codes differ. Enter the same digits.',
    showDigits: 'Show the digits',
    strength: (strength) => `Strength: ${strength}`,
    weak: 'Easy to guess. You may use it, but 8 or more digits without runs or repeats are better.',
    send: 'Send',
    sending: 'Sending…',
    failure: {
      provisioningRefused:
        'The verifier refused. The Service ID, User ID or activation password is wrong, or the time for the set-up has passed. Compare them with the mail and enter them again. After several wrong tries they become void; then have a token issued again at your institution.',
      unreachable:
        'The verifier cannot be reached. Check your connection and press “Send” again. Sending the same again does no harm.',
      notAVerifier:
        'The verifier’s answer could not be read. Press “Back” and make sure that the address is the one in the mail.',
      tooManyTries: 'Too many tries. Wait a while, then press “Send” again.',
      answerNotTrusted:
        'The answer could not be proved to be meant for this computer. No token was registered. Make sure that the address is right; if it happens again, contact your institution.',
      full: 'Up to 10 tokens can be registered. Remove one that you do not use in the settings, then press “Send” again.',
      lockCodeWrong: 'Wrong lock code. Enter it again. Nothing has been sent yet.',
      lockCodeWait: 'After several wrong lock codes you have to wait. Nothing has been sent yet.',
      vaultClosed: 'The app lock has closed. Enter your lock code and press “Send” again.',
    },
    waitMore: (seconds) => `You can send in ${durationText(seconds, 'en')}.`,
    unexpected: 'This could not be finished. Press again. If it happens again, restart the browser.',

    addedTitle: 'Set-up complete',
    addedText: (name) => `The token of ${name} has arrived. Two more steps and you can use it.`,
    siteTitle: 'Allow sites (optional)',
    siteText:
      'If you allow these sites, one-time passwords can be filled in there. If you do not, you can still copy them.',
    nameTitle: 'Name of the token',
    suffix: 'Additional text (optional)',
    suffixHint: (name) => `It follows the institution’s name. Without it the token is shown as “${name}”.`,
    register: 'Register',

    doneTitle: 'Last: confirm at your institution',
    doneText:
      'Set-up alone is not the end. Go back to your institution’s screen, type the one-time password below and confirm. Only then is the token in use.',
    doneLater: 'From now on, press the seal in the toolbar to see your one-time password.',
    donePin: 'If you do not see it, open the list of extensions (the puzzle piece) in the toolbar and pin Shirushi.',
    toSettings: 'Open settings',
  },

  settings: {
    title: 'Settings',
    general: 'General',
    language: 'Language',
    languageAuto: 'Same as the browser',
    closeAfter: 'Close the app lock when not used for',
    minutes: (minutes) => `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
    saved: 'Saved.',
    saveFailed: 'Could not save. Choose again.',
    tokens: 'Tokens',
    noTokens: 'No tokens yet.',
    closedText: 'Enter your lock code to change the settings of your tokens.',
    rename: 'Rename',
    newSuffix: 'New additional text',
    newSuffixHint: (name) => `It follows “${name}”. Leave it empty for none.`,
    saveName: 'Rename',
    remove: 'Remove',
    removeTitle: (name) => `Remove “${name}”?`,
    removeText:
      'Have the token revoked at your institution first. If you remove it before that, you cannot make transactions that need a one-time password, and may have to apply in writing.',
    removeGone: 'Removing cannot be undone. To use it again you need a newly issued token.',
    removeNow: 'Remove',
    removed: (name) => `“${name}” was removed.`,
    sites: 'Sites to fill in on',
    serviceId: 'Service ID',
    userId: 'User ID',
    expires: 'Expires',
    noExpiry: 'never',
    about: 'About this extension',
    version: 'Version',
  },
};

/** All texts, by language. */
export const texts: Readonly<Record<Language, Text>> = { ja, en };

/** The language to show: the person's choice, or Japanese where the browser's own language is Japanese. */
export function languageOf(setting: 'auto' | Language, browserLanguage: string): Language {
  if (setting !== 'auto') return setting;
  return browserLanguage.toLowerCase().startsWith('ja') ? 'ja' : 'en';
}
