export type Language = 'ja' | 'en';
export type Text = Readonly<Record<Language, string>>;

const locales: Readonly<Record<Language, string>> = { ja: 'ja-JP', en: 'en-GB' };

export function yen(language: Language, amount: number): string {
  const digits = new Intl.NumberFormat(locales[language]).format(amount);
  return language === 'ja' ? `${digits}円` : `¥${digits}`;
}

/** A time in Japan, to the minute. */
export function time(language: Language, at: number | string): string {
  return new Intl.DateTimeFormat(locales[language], {
    timeZone: 'Asia/Tokyo',
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(new Date(at));
}

/** As the end of a token's life is printed on its back. */
export function printedTime(at: string): string {
  const parts = new Intl.DateTimeFormat('ja-JP', {
    timeZone: 'Asia/Tokyo',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(new Date(at));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}年${part('month')}月${part('day')}日 ${part('hour')}時${part('minute')}分`;
}

/** What the pages say, in both languages. */
export const texts = {
  service: { ja: 'ビジネスバンキング', en: 'Business banking' },
  demo: {
    ja: '動作を試すための架空の金融機関です。実際のお取引は行われません。',
    en: 'A credit union that does not exist, for trying things out. No money moves.',
  },
  otherLanguage: { ja: 'English', en: '日本語' },
  logout: { ja: 'ログアウト', en: 'Log out' },
  toTop: { ja: 'トップページへ', en: 'To the top page' },

  login: { ja: 'ログイン', en: 'Log in' },
  loginId: { ja: 'ログインID', en: 'Login ID' },
  password: { ja: 'ログインパスワード', en: 'Login password' },
  loginWrong: {
    ja: 'ログインIDまたはログインパスワードが違います。もう一度入力してください。',
    en: 'The login ID or the password is not right. Please enter them again.',
  },
  trialLogins: { ja: 'お試し用のログイン', en: 'Logins for trials' },
  userName: { ja: '利用者名', en: 'Name' },
  userKind: { ja: '利用者区分', en: 'Kind of user' },
  master: { ja: 'マスターユーザ', en: 'Master user' },
  general: { ja: '一般ユーザ', en: 'General user' },

  issueTitle: { ja: 'ワンタイムパスワードトークン発行', en: 'Issue of a one-time password token' },
  issueLead: {
    ja: 'お取引の前に、ワンタイムパスワードの設定が必要です。ブラウザ拡張機能「Shirushi」で使うトークンを発行します。',
    en: 'Before you can make transactions, set up one-time passwords. This issues a token for the browser extension Shirushi.',
  },
  email: { ja: '送付先メールアドレス', en: 'E-mail address' },
  emailHint: {
    ja: 'サービスID・ユーザIDをお送りします。迷惑メールの設定をされている場合は mihon.example を受信可能にしてください。',
    en: 'Service ID and User ID are sent there. If you filter mail, let mihon.example through.',
  },
  activationPassword: { ja: '利用開始パスワード', en: 'Activation password' },
  activationPasswordHint: {
    ja: '半角数字4〜8桁。拡張機能の初期設定で一度だけ使います。お忘れにならないようお控えください。',
    en: '4 to 8 digits of your choice. You need them once, to set the extension up.',
  },
  issueButton: { ja: 'トークン発行', en: 'Issue the token' },
  issueSkip: { ja: 'トークン発行の省略', en: 'Skip: a token has been issued' },
  issueSkipHint: {
    ja: 'すでに発行されたトークンの認証確認へ進みます。改めて発行すると、前の発行は使えなくなります。',
    en: 'Goes on to the activation of the token issued before. Issuing again makes that one void.',
  },

  activationTitle: { ja: 'ワンタイムパスワード認証確認', en: 'Activation of the one-time password' },
  activationLead: {
    ja: '拡張機能の初期設定を済ませ、表示されたワンタイムパスワードを入力してください。この認証確認が終わると、設定が完了します。',
    en: 'Set the extension up, then enter the one-time password that it shows. Your token is in use once this is done.',
  },
  hardwareLead: {
    ja: 'お手元のトークンの裏面にあるシリアル番号と、表示されているワンタイムパスワードを入力してください。この認証確認が終わると、ご利用いただけます。',
    en: 'Enter the serial on the back of your token and the one-time password that it shows. Your token is in use once this is done.',
  },
  serial: { ja: 'シリアル番号', en: 'Serial' },
  serialHint: {
    ja: 'トークン裏面の8〜12桁の数字です。ほかの利用者がお使いのトークンを一緒に使うこともできます。',
    en: 'The 8 to 12 digits on its back. You can share a token that another user of your company uses already.',
  },
  serialAndOtpWrong: {
    ja: 'シリアル番号は8〜12桁、ワンタイムパスワードは6〜8桁の数字で入力してください。',
    en: 'A serial is 8 to 12 digits, a one-time password 6 to 8. Please enter them again.',
  },
  otpHintHardware: {
    ja: 'トークンに表示された数字を入力してください。',
    en: 'The digits that your token shows.',
  },
  expiry: { ja: '有効期限', en: 'Valid until' },
  seconds: { ja: '秒', en: 's' },
  fobTitle: { ja: 'お試し用ハードウェアトークン', en: 'Key fobs for trials' },
  fobLead: {
    ja: 'お客さまの手元にあるトークンの代わりです。表と裏をご覧ください。',
    en: 'They stand for the fobs in the customers’ hands: here are their front and back.',
  },
  fobTrial: {
    ja: 'お試し専用です。実際の金融機関が、トークンのワンタイムパスワードを画面に表示することはありません。',
    en: 'For trials only. No real institution shows the one-time passwords of a token on a page.',
  },
  fobFront: { ja: '表', en: 'Front' },
  fobBack: { ja: '裏', en: 'Back' },
  fobLeft: { ja: '残り', en: 'Still' },
  toFobs: { ja: 'お試し用トークンを見る', en: 'Show the fobs for trials' },
  tokenInformation: { ja: 'トークン情報', en: 'Token information' },
  serviceId: { ja: 'サービスID', en: 'Service ID' },
  userId: { ja: 'ユーザID', en: 'User ID' },
  issueEnds: { ja: '設定の期限', en: 'To be set up by' },
  activationStep1: {
    ja: 'ブラウザ拡張機能「Shirushi」を開き、初期設定を行います。',
    en: 'Open the extension Shirushi and set it up.',
  },
  activationGuide: { ja: '初期設定のご案内', en: 'How to set it up' },
  activationStep2: {
    ja: 'サービスID・ユーザIDと、先ほどの利用開始パスワードを入力します。',
    en: 'Enter Service ID, User ID and the activation password that you chose.',
  },
  activationStep3: {
    ja: '表示されたワンタイムパスワードを、下の欄に入力します。',
    en: 'Enter the one-time password that it shows in the field below.',
  },
  mailSent: { ja: 'メールをお送りしました。', en: 'A mail was sent to ' },
  mailFailed: {
    ja: 'メールを送信できませんでした。下記のサービスID・ユーザIDをお使いください。',
    en: 'The mail could not be sent. Please use the Service ID and User ID below.',
  },
  mailLies: {
    ja: 'お試し版では、メールはこのフォルダに保存されます。',
    en: 'In this demo, mails are kept in this folder:',
  },
  noIssueHere: {
    ja: 'サービスID・ユーザIDは、お送りしたメールをご覧ください。',
    en: 'Service ID and User ID are in the mail that was sent to you.',
  },
  otp: { ja: 'ワンタイムパスワード', en: 'One-time password' },
  otpHint: { ja: '拡張機能に表示された数字を入力してください。', en: 'The digits that the extension shows.' },
  activationButton: { ja: '認証確認', en: 'Confirm' },
  issueAgain: { ja: 'トークンを発行し直す', en: 'Issue the token again' },
  activated: {
    ja: 'ワンタイムパスワードの設定が完了しました。',
    en: 'Your one-time password is set up and in use.',
  },

  topTitle: { ja: 'トップページ', en: 'Top page' },
  balance: { ja: '普通預金 残高', en: 'Ordinary deposit, balance' },
  transferTitle: { ja: '振込振替', en: 'Transfer' },
  history: { ja: 'お振込の履歴', en: 'Your transfers' },
  historyEmpty: { ja: 'お振込はまだありません。', en: 'There are no transfers yet.' },
  number: { ja: '受付番号', en: 'Number' },
  date: { ja: '日時', en: 'Time' },
  state: { ja: '状態', en: 'State' },
  done: { ja: '受付済み', en: 'Done' },
  waiting: { ja: '承認待ち', en: 'Waiting' },
  otpState: { ja: 'ワンタイムパスワード', en: 'One-time password' },
  statusUnregistered: { ja: '未登録', en: 'Not registered' },
  statusIssued: { ja: 'トークン発行済み', en: 'Token issued' },
  statusActive: { ja: 'サービス利用中', en: 'In use' },
  statusLocked: { ja: '停止中', en: 'Locked' },
  statusExpired: { ja: 'トークン有効期限切れ', en: 'Token expired' },
  statusRevoked: { ja: '失効中', en: 'Revoked' },
  statusDeactivated: { ja: '未登録', en: 'Not registered' },

  payee: { ja: '振込先', en: 'Payee' },
  payeeHint: { ja: '例：サンプル商店 普通 1234567', en: 'For example: Sample Stores, ordinary 1234567' },
  amount: { ja: '金額（円）', en: 'Amount (yen)' },
  toConfirmation: { ja: '内容確認へ', en: 'Continue' },
  payeeMissing: { ja: '振込先を入力してください。', en: 'Please enter a payee.' },
  amountWrong: {
    ja: '金額は1円以上、残高以内の数字で入力してください。',
    en: 'Please enter an amount of at least 1 yen and at most your balance.',
  },
  confirmTitle: { ja: '振込内容の確認', en: 'Check your transfer' },
  confirmLead: {
    ja: '内容をご確認のうえ、ワンタイムパスワードを入力して「実行」を押してください。',
    en: 'Please check the details, enter your one-time password and press “Carry out”.',
  },
  execute: { ja: '実行', en: 'Carry out' },
  amountPlain: { ja: '金額', en: 'Amount' },
  transferDone: { ja: '振込を受け付けました。', en: 'Your transfer was accepted.' },
  doneAt: { ja: '受付日時', en: 'Accepted at' },
  anotherTransfer: { ja: '続けて振込する', en: 'Make another transfer' },

  wrong: {
    ja: 'ワンタイムパスワードが違います。表示中のワンタイムパスワードをもう一度入力してください',
    en: 'That one-time password is not right. Please enter the one that is shown now',
  },
  replayed: {
    ja: 'このワンタイムパスワードはすでに使われています。次のワンタイムパスワードが表示されるまで待ち、入力してください。',
    en: 'That one-time password has been used. Please wait for the next one and enter it.',
  },
  notSixToEight: {
    ja: 'ワンタイムパスワードは6〜8桁の数字で入力してください。',
    en: 'A one-time password is 6 to 8 digits. Please enter it again.',
  },
  attemptUsed: {
    ja: 'この画面はすでに使われています。内容を確かめて、もう一度入力してください。',
    en: 'This page has been used before. Please check and enter it again.',
  },
  inFlight: {
    ja: '同じお手続きを処理しています。少し待ってから、もう一度お試しください。',
    en: 'The same request is being worked on. Please wait a moment and try again.',
  },

  blockedTitle: { ja: 'ワンタイムパスワードをご利用いただけません', en: 'Your one-time password cannot be used' },
  unlockTrial: {
    ja: 'お試し版では、お取引店に代わってここで利用停止を解除できます。',
    en: 'In this demo you can play the branch and unlock it here.',
  },
  unlockButton: { ja: '停止解除（お試し用）', en: 'Unlock (for trials)' },
  unlocked: {
    ja: '利用停止を解除しました。次に表示されるワンタイムパスワードからご利用いただけます。',
    en: 'It is unlocked. You can use one-time passwords again.',
  },

  unavailableTitle: { ja: 'ただいまご利用いただけません', en: 'Not available at the moment' },
  unavailable: {
    ja: 'ワンタイムパスワードを確認するサービスに接続できません。お振込は行われていません。しばらく待ってから、もう一度お試しください。',
    en: 'The service that checks one-time passwords cannot be reached. No transfer was made. Please try again in a little while.',
  },
  tryAgain: { ja: 'もう一度試す', en: 'Try again' },
  sessionEnded: {
    ja: 'お手続きを確認できませんでした。もう一度ログインしてください。',
    en: 'Your request could not be confirmed. Please log in again.',
  },
  notFoundTitle: { ja: 'ページが見つかりません', en: 'There is no such page' },
  notFound: { ja: 'アドレスをご確認ください。', en: 'Please check the address.' },
  failedTitle: { ja: 'お手続きを完了できませんでした', en: 'Your request could not be completed' },
  failed: {
    ja: '問題が発生しました。お振込は行われていません。トップページからもう一度お試しください。',
    en: 'Something went wrong. No transfer was made. Please start again from the top page.',
  },
} as const satisfies Record<string, Text>;

const askBranch: Text = {
  ja: 'お取引店までご連絡ください。',
  en: 'Please contact your branch.',
};

/** A reason for which the verifier refused or blocked, as a sentence with what to do next. */
const reasons: Readonly<Record<string, Text>> = {
  unregistered: {
    ja: 'ワンタイムパスワードが設定されていません。トークンを発行してください。',
    en: 'One-time passwords are not set up. Please have a token issued.',
  },
  issued: {
    ja: 'トークンの認証確認が済んでいません。認証確認を行ってください。',
    en: 'Your token is not in use yet. Please activate it.',
  },
  locked: {
    ja: 'ワンタイムパスワードを続けて間違えたため、利用を停止しています。解除は、一般ユーザの方はマスターユーザへ、マスターユーザの方はお取引店へお申し出ください。',
    en: 'It was locked after too many wrong one-time passwords. To have it unlocked, a general user asks the master user, and a master user asks the branch.',
  },
  mustBeReissued: {
    ja: '間違いが重なったため、このトークンは解除できません。失効のうえ、発行し直す必要があります。お取引店までご連絡ください。',
    en: 'After too many wrong one-time passwords this token can no longer be unlocked. It has to be revoked and issued again. Please contact your branch.',
  },
  expired: {
    ja: 'トークンの有効期限が切れています。お取引店までご連絡ください。',
    en: 'Your token has expired. Please contact your branch.',
  },
  tokenExpired: {
    ja: 'トークンの有効期限が切れています。お取引店までご連絡ください。',
    en: 'Your token has expired. Please contact your branch.',
  },
  revoked: {
    ja: 'トークンは失効しています。トークンを発行してください。',
    en: 'Your token was revoked. Please have a new one issued.',
  },
  deactivated: {
    ja: 'トークンの利用は解除されています。トークンを発行してください。',
    en: 'The use of your token was ended. Please have a new one issued.',
  },
  notRequired: {
    ja: 'このお取引にワンタイムパスワードは必要ありません。トップページからもう一度お試しください。',
    en: 'This needs no one-time password. Please start again from the top page.',
  },
  beforeStartDate: {
    ja: 'ワンタイムパスワードの利用開始日前です。利用開始日以降にお手続きください。',
    en: 'The start date of your one-time password has not come yet. Please come back from that date on.',
  },
  reissueTooEarly: {
    ja: '失効から再発行までお待ちいただく時間があります。時間をおいてお手続きください。',
    en: 'After a revocation a new token can be issued only later. Please come back then.',
  },
  kindNotOffered: {
    ja: 'この種類のトークンは取り扱っておりません。お取引店までご連絡ください。',
    en: 'This kind of token is not offered. Please contact your branch.',
  },
  kindChangeNotAllowed: {
    ja: 'トークンの種類は変更できません。お取引店までご連絡ください。',
    en: 'The kind of your token cannot be changed. Please contact your branch.',
  },
  tokenAlreadyActive: {
    ja: 'ワンタイムパスワードはすでに設定されています。トップページへお進みください。',
    en: 'Your one-time password is already set up. Please go on to the top page.',
  },
  nothingToActivate: {
    ja: '認証確認を待つトークンがありません。トークンを発行してください。',
    en: 'No token waits for its activation. Please have one issued.',
  },
  setUpNotDone: {
    ja: '拡張機能の初期設定が済んでいません。サービスID・ユーザID・利用開始パスワードを拡張機能に入力してください。',
    en: 'The extension is not set up yet. Please enter Service ID, User ID and activation password there first.',
  },
  issueExpired: {
    ja: 'トークン発行の期限が過ぎました。もう一度トークンを発行してください。',
    en: 'The time for setting up this token has passed. Please have it issued again.',
  },
  serialUnknown: {
    ja: 'このシリアル番号のトークンはお送りしていません。トークン裏面の番号を確かめて、もう一度入力してください。',
    en: 'No token with this serial was sent to you. Please check the number on its back and enter it again.',
  },
  serialOfAnotherContract: {
    ja: 'このシリアル番号のトークンは、ご契約にお送りしたものではありません。番号を確かめて、もう一度入力してください。',
    en: 'The token with this serial was not sent to your company. Please check the number and enter it again.',
  },
  serialNotReusable: {
    ja: 'このトークンは登録し直すことができません。お取引店までご連絡ください。',
    en: 'This token cannot be registered again. Please contact your branch.',
  },
  sharingNotAllowed: {
    ja: 'このトークンはほかの利用者がお使いです。ご自分のトークンのシリアル番号を入力してください。',
    en: 'Another user has this token. Please enter the serial of your own.',
  },
  emailNotAllowed: {
    ja: 'このメールアドレスには送付できません。別のメールアドレスを入力してください。',
    en: 'This e-mail address cannot be used. Please enter another one.',
  },
  activationPasswordWeak: {
    ja: '推測されやすい利用開始パスワードです。0000や1234のような並びでない数字を入力してください。',
    en: 'This activation password is easy to guess. Please choose digits other than 0000, 1234 and the like.',
  },
  malformedIssue: {
    ja: 'メールアドレスと、半角数字4〜8桁の利用開始パスワードを入力してください。',
    en: 'Please enter an e-mail address, and an activation password of 4 to 8 digits.',
  },
};

export function reasonText(reason: string | null): Text {
  return (reason === null ? undefined : reasons[reason]) ?? askBranch;
}

/** Wrong, with the tries that are left. */
export function wrongText(language: Language, remainingAttempts: number | null): string {
  const sentence = texts.wrong[language];
  if (remainingAttempts === null) return language === 'ja' ? `${sentence}。` : `${sentence}.`;
  if (language === 'ja') return `${sentence}（あと ${remainingAttempts} 回）。`;
  return `${sentence} (${remainingAttempts} ${remainingAttempts === 1 ? 'try' : 'tries'} left).`;
}
