import { durationText } from '../format.ts';

/** The app lock. */
export const ja = {
  code: 'アプリロックコード',
  closedTitle: 'アプリロックがかかっています',
  open: '開く',
  close: 'ロックする',
  missing: 'アプリロックコードを入力してください。',
  notDigits: 'アプリロックコードは 1 〜 32 桁の数字です。数字だけで入力してください。',
  wrong: (failures: number, waitSeconds: number) =>
    `アプリロックコードが違います${failures > 1 ? `(続けて ${failures} 回)` : ''}。${waitSeconds > 0 ? `${durationText(waitSeconds, 'ja')}待ってから、` : ''}もう一度入力してください。`,
  wait: (seconds: number) => `あと ${durationText(seconds, 'ja')}で入力できます。`,
  waitFirst: '続けて間違えたため、しばらく入力できません。表示の時間だけお待ちください。',
  waitOver: '入力できるようになりました。アプリロックコードをもう一度入力してください。',
  forgotten: 'アプリロックコードを忘れたとき',
  forgottenText:
    'アプリロックコードはこのブラウザの中だけにあり、金融機関でも調べられません。はじめからやり直すと、登録したトークンは、ほかの金融機関のものもすべて消えます。',
};

export const en: typeof ja = {
  code: 'Lock code',
  closedTitle: 'The app lock is closed',
  open: 'Open',
  close: 'Close app lock',
  missing: 'Enter your lock code.',
  notDigits: 'A lock code is 1 to 32 digits. Enter digits only.',
  wrong: (failures, waitSeconds) =>
    `Wrong lock code${failures > 1 ? ` (${failures} times in a row)` : ''}. ${waitSeconds > 0 ? `Wait ${durationText(waitSeconds, 'en')}, then enter` : 'Enter'} it again.`,
  wait: (seconds) => `You can try again in ${durationText(seconds, 'en')}.`,
  waitFirst: 'After several wrong lock codes you have to wait for the time shown.',
  waitOver: 'The wait is over. Enter your lock code again.',
  forgotten: 'I forgot my lock code',
  forgottenText:
    'The lock code exists only in this browser; not even your institution can look it up. If you start again, all tokens registered here will be gone, those of other institutions too.',
};
