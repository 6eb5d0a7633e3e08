import { durationText, type Language } from '../format.ts';

/** App lock, passkeys and clock, as far as every page may meet them. */
export const ja = {
  appLock: {
    checking: '確かめています…',
    refused: '変更できませんでした。この画面を開き直してください。',
    askTitle: 'アプリロックコードを確かめます',
    askText: '確かめると、ワンタイムパスワードを 1 分の間表示します。',
    show: '表示する',
    eraseSoon: (left: number) => `あと ${left} 回間違えると、すべてのトークンが消去されます。`,
  },

  passkey: {
    open: 'パスキーで開く',
    use: 'パスキーで確かめる',
    waiting: 'ブラウザの案内に従ってください…',
    failure: {
      cancelled: 'パスキーを確かめられませんでした。もう一度試すか、アプリロックコードを入力してください。',
      noPrf:
        'この端末のパスキーでは開けません。別の端末やセキュリティキーを試すか、アプリロックコードを使ってください。',
      unknown: 'このパスキーでは開けませんでした。アプリロックコードを入力してください。',
    },
  },

  reset: {
    link: 'すべてのトークンを消して、はじめからやり直す',
    askTitle: '金融機関ごとに頼むこと',
    ask: [
      '今のトークンの失効。ほかの利用者(マスターユーザなど)ができる場合はその人に、できない場合は窓口に頼みます。',
      '新しいトークンの発行。失効のあと、決められた時間を待つ必要があります。',
      '発行のあと、届いた案内(サービスID、ユーザID)と利用開始パスワードで、初期設定と認証確認をします。',
    ] as readonly string[],
  },

  erased: {
    triesTitle: 'すべてのトークンを消去しました',
    triesText:
      'アプリロックコードが続けて 10 回間違って入力されたため、設定のとおり、すべてのトークンとサイトの許可を消去しました。お心当たりがないときは、ほかの人が開こうとした可能性があります。金融機関に連絡してください。',
    resetTitle: 'すべて消去しました',
    resetText: 'トークン、アプリロックコード、設定、サイトの許可を消去しました。',
    next: 'はじめから設定する',
  },

  clock: {
    offTitle: (differenceMs: number) => `この端末の時計が${differenceText(differenceMs, 'ja')}います`,
    offText:
      'このままではワンタイムパスワードが受け付けられないことがあります。端末の設定の「日付と時刻」で、時刻の自動設定をオンにしてください。',
    correctText: (host: string) =>
      `時計を直せないときは、${host} の時刻に合わせてワンタイムパスワードを計算できます。先に、正しい時刻と上のずれを見比べてください。`,
    correct: (differenceMs: number) => `${durationText(seconds(differenceMs), 'ja')}補正する`,
    wasOffTitle: (differenceMs: number, moment: string) =>
      `${moment}に確かめたとき、この端末の時計が${differenceText(differenceMs, 'ja')}いました`,
    recheck: '時計をもう一度確かめる',
    tooFar: 'ずれが 1 日を超えているため、補正はできません。端末の日付と時刻を直してください。',
    corrected: (correctionMs: number) =>
      `${durationText(seconds(correctionMs), 'ja')}${correctionMs > 0 ? '戻して' : '進めて'}計算しています。時計を直したら、補正をやめてください。`,
    stale: '補正が今の時計に合わなくなりました。補正をやめて、時計を確かめてください。',
    stop: '補正をやめる',
    failed: 'できませんでした。接続を確かめて、もう一度押してください。',
  },
};

export const en: typeof ja = {
  appLock: {
    checking: 'Checking…',
    refused: 'Nothing was changed. Open this page again.',
    askTitle: 'Confirm with your lock code',
    askText: 'The one-time password will then be shown for one minute.',
    show: 'Show',
    eraseSoon: (left) => `All tokens will be erased after ${left} more wrong ${left === 1 ? 'code' : 'codes'}.`,
  },

  passkey: {
    open: 'Open with a passkey',
    use: 'Confirm with a passkey',
    waiting: 'Follow your browser’s instructions…',
    failure: {
      cancelled: 'The passkey was not confirmed. Try again or enter your lock code.',
      noPrf:
        'This device’s passkeys cannot open the app lock. Try another device or security key, or use your lock code.',
      unknown: 'This passkey did not open the app lock. Enter your lock code.',
    },
  },

  reset: {
    link: 'Erase all tokens and start again',
    askTitle: 'What to ask each institution',
    ask: [
      'To revoke your present token. Another user, such as the master user, may be able to do it; otherwise the branch does.',
      'To issue a new token. After the revocation you have to wait for a set time.',
      'Then do the set-up and the confirmation with the Service ID and User ID that you get and the activation password that you chose.',
    ],
  },

  erased: {
    triesTitle: 'All tokens have been erased',
    triesText:
      'A wrong lock code was entered 10 times in a row. As you had chosen, all tokens and allowed sites were erased. If it was not you, somebody may have tried to get in: tell your institutions.',
    resetTitle: 'Everything has been erased',
    resetText: 'Tokens, lock code, settings and allowed sites are gone.',
    next: 'Start set-up',
  },

  clock: {
    offTitle: (differenceMs) => `This computer’s clock is ${differenceText(differenceMs, 'en')}`,
    offText:
      'One-time passwords may not be accepted like this. Turn on automatic time in the computer’s “Date and time” settings.',
    correctText: (host) =>
      `If you cannot set the clock, one-time passwords can follow the time of ${host}. First compare the right time with the difference above.`,
    correct: (differenceMs) => `Correct by ${durationText(seconds(differenceMs), 'en')}`,
    wasOffTitle: (differenceMs, moment) =>
      `On ${moment}, this computer’s clock was ${differenceText(differenceMs, 'en')}`,
    recheck: 'Check the clock again',
    tooFar: 'The clock is off by more than a day, which cannot be corrected here. Set the computer’s date and time.',
    corrected: (correctionMs) =>
      `One-time passwords are computed ${durationText(seconds(correctionMs), 'en')} ${correctionMs > 0 ? 'earlier' : 'later'}. Stop this once the clock is set right.`,
    stale: 'The correction no longer fits the clock. Stop it and check the clock.',
    stop: 'Stop correcting',
    failed: 'That did not work. Check your connection and press again.',
  },
};

function seconds(ms: number): number {
  return Math.round(Math.abs(ms) / 1000);
}

/** How far a clock is off, with its direction, as a sentence goes on. */
export function differenceText(differenceMs: number, language: Language): string {
  const time = durationText(seconds(differenceMs), language);
  if (language === 'ja') return ` ${time}${differenceMs > 0 ? '進んで' : '遅れて'}`;
  return `${time} ${differenceMs > 0 ? 'fast' : 'slow'}`;
}
