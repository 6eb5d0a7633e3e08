import type { SetUpFailure } from '../../../messages.ts';
import { durationText, type Strength } from '../../../ui/format.ts';

/** Set-up, step by step. */
export const ja = {
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
  tooManyTries: (seconds: number) =>
    `接続の回数が多すぎます。${durationText(seconds, 'ja')}待ってから、もう一度「次へ」を押してください。`,
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
  send: '送信',
  sending: '送信しています…',
  failure: {
    provisioningRefused:
      '認証サーバーが受け付けませんでした。サービスID、ユーザID、利用開始パスワードのいずれかが違うか、有効期限が過ぎています。案内と見比べて、入力し直してください。続けて間違えるとこの案内は使えなくなります。そのときは金融機関でトークン発行からやり直してください。',
    unreachable:
      '認証サーバーに接続できませんでした。インターネットの接続を確かめて、もう一度「送信」を押してください。同じ内容で送り直せます。',
    notAVerifier:
      '認証サーバーからの応答を読み取れませんでした。「戻る」を押して、アドレスがメールと同じか確かめてください。',
    tooManyTries: '送信の回数が多すぎます。しばらく待ってから、もう一度「送信」を押してください。',
    answerNotTrusted:
      '受け取った応答が、この端末に宛てたものか確かめられませんでした。トークンは登録していません。送り先が案内と同じか確かめ、続くときは金融機関に連絡してください。',
    full: 'トークンは 10 個まで登録できます。使っていないトークンを設定で削除してから、もう一度「送信」を押してください。',
    lockCodeWrong: 'アプリロックコードが違います。入力し直してください。まだ何も送っていません。',
    lockCodeWait: 'アプリロックコードを続けて間違えたため、しばらく待つ必要があります。まだ何も送っていません。',
    sameUser: '同じサービスIDとユーザIDのトークンがすでにあります。下から選んでください。まだ何も送っていません。',
    vaultClosed: 'アプリロックがかかりました。アプリロックコードを入力して、もう一度「送信」を押してください。',
    vaultErased: 'アプリロックコードを続けて 10 回間違えたため、すべて消去しました。この画面を開き直してください。',
  } satisfies Record<SetUpFailure, string>,
  sameUserTitle: (name: string) => `「${name}」と同じユーザのトークンです`,
  sameUserText:
    '金融機関で失効し、発行し直したときは「置き換える」を選んでください。まだ何も送っていません。新しいトークンを受け取ったあとで、前のトークンを消します。表示名と並び順は引き継ぎます。',
  sameUserReplace: '置き換えて送信',
  sameUserBoth: '両方残して送信',
  fullTitle: 'トークンは 10 個まで登録できます',
  fullText:
    'これ以上は追加できません。まだ何も送っていません。失効したトークンや使っていないトークンを、設定で削除してから追加してください。',
  waitMore: (seconds: number) => `あと ${durationText(seconds, 'ja')}で送信できます。`,
  unexpected: '処理を終えられませんでした。もう一度押してください。続くときは、ブラウザを再起動してください。',

  addedTitle: (title: string) => `${title}完了`,
  addedText: (name: string) => `${name}のトークンを受け取りました。使い始めるには、あと 2 つ手順があります。`,
  siteTitle: 'サイトを許可する(任意)',
  nameTitle: 'トークン表示名',
  suffix: '追加文言(任意)',
  suffixHint: (name: string) => `金融機関名の後ろに付きます。入力しないときは「${name}」と表示されます。`,
  register: '登録',

  doneTitle: '最後に、金融機関で認証確認をしてください',
  doneText: (title: string) =>
    `「${title}完了」だけでは、まだ使えません。金融機関の画面に戻り、下のワンタイムパスワードを入力して「認証確認」を押すと、使い始められます。`,
  doneLater: 'これからは、ツールバーの Shirushi のボタンを押すとワンタイムパスワードが表示されます。',
  donePin: 'ボタンが見えないときは、ツールバーの拡張機能の一覧(パズルの形)を開き、Shirushi をピンで留めてください。',
  toSettings: '設定を開く',
};

export const en: typeof ja = {
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
  tooManyTries: (seconds) => `Too many tries. Wait ${durationText(seconds, 'en')}, then press “Next” again.`,
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
    sameUser: 'A token of the same Service ID and User ID is here already. Choose below. Nothing has been sent yet.',
    vaultClosed: 'The app lock has closed. Enter your lock code and press “Send” again.',
    vaultErased: 'After 10 wrong lock codes in a row everything was erased. Open this page again.',
  },
  sameUserTitle: (name) => `“${name}” is a token of the same user`,
  sameUserText:
    'If your institution has revoked it and issued a new one, choose “Replace”. Nothing has been sent yet. The old token is removed once the new one has arrived. Name and place in the list stay.',
  sameUserReplace: 'Replace and send',
  sameUserBoth: 'Keep both and send',
  fullTitle: 'Up to 10 tokens can be registered',
  fullText:
    'No more can be added, and nothing has been sent. Remove a revoked or unused token in the settings, then add the new one.',
  waitMore: (seconds) => `You can send in ${durationText(seconds, 'en')}.`,
  unexpected: 'This could not be finished. Press again. If it happens again, restart the browser.',

  addedTitle: () => 'Set-up complete',
  addedText: (name) => `The token of ${name} has arrived. Two more steps and you can use it.`,
  siteTitle: 'Allow sites (optional)',
  nameTitle: 'Name of the token',
  suffix: 'Additional text (optional)',
  suffixHint: (name) => `It follows the institution’s name. Without it the token is shown as “${name}”.`,
  register: 'Register',

  doneTitle: 'Last: confirm at your institution',
  doneText: () =>
    'Set-up alone is not the end. Go back to your institution’s screen, type the one-time password below and confirm. Only then is the token in use.',
  doneLater: 'From now on, press the seal in the toolbar to see your one-time password.',
  donePin: 'If you do not see it, open the list of extensions (the puzzle piece) in the toolbar and pin Shirushi.',
  toSettings: 'Open settings',
};
