import type { FillOutcome } from '../../messages.ts';
import { durationText, momentText } from '../format.ts';

/** The code and what a token says of itself. */
export const ja = {
  label: 'ワンタイムパスワード',
  next: '次',
  remainingLabel: (seconds: number) => `残り ${durationText(seconds, 'ja')}`,
  ids: (serviceId: string, userId: string) => `サービスID ${serviceId} ・ ユーザID ${userId}`,
  copy: 'コピーする',
  copied: 'コピーしました。',
  copiedClears: 'コピーしました。30 秒後にクリップボードを空にします。',
  copyFailed: 'コピーできませんでした。表示されている数字を入力してください。',
  fill: 'ページに入力する',
  filling: '入力しています…',
  waiting: 'まもなく切り替わるため、次のワンタイムパスワードを待って入力します。',
  fillOutcome: {
    filled: '入力しました。ページの内容を確かめて、続けてください。',
    noField:
      'このページにワンタイムパスワードの入力欄が見つかりません。入力欄のある画面でもう一度押すか、コピーして貼り付けてください。',
    notThisPage:
      'このページは、このトークンの金融機関のものではありません。入力していません。アドレスを確かめてください。',
    notThisField: 'この欄には入力できません。空で、ワンタイムパスワードの桁数が入る欄を選んでください。',
    noPermission: 'このページへの入力がブラウザで許可されていません。下の「許可する」を押すか、コピーしてください。',
    failed: '入力欄に入力できませんでした。コピーして貼り付けてください。',
    vaultClosed: 'アプリロックがかかりました。アプリロックコードを入力して、もう一度押してください。',
    askAgain: 'アプリロックコードを確かめてから、もう一度押してください。',
  } satisfies Record<FillOutcome, string>,
  expired: (atMs: number) => ({
    title: 'トークンの有効期限が切れています',
    text: `有効期限は ${momentText(atMs, 'ja')}でした。このワンタイムパスワードは使えません。金融機関でトークンを失効し、新しいトークンの発行を受けてください。`,
  }),
  revokedTitle: '失効済みの印が付いています',
  revokedText:
    'このトークンは金融機関で失効済みのため、ワンタイムパスワードは使えません。不要なトークンは設定で削除してください。',
  expiresSoon: (atMs: number) => `有効期限は ${momentText(atMs, 'ja')}です。`,
};

export const en: typeof ja = {
  label: 'One-time password',
  next: 'Next',
  remainingLabel: (seconds) => `${durationText(seconds, 'en')} left`,
  ids: (serviceId, userId) => `Service ID ${serviceId} · User ID ${userId}`,
  copy: 'Copy',
  copied: 'Copied.',
  copiedClears: 'Copied. The clipboard is emptied in 30 seconds.',
  copyFailed: 'Could not copy. Type the digits that you see.',
  fill: 'Fill in on the page',
  filling: 'Filling in…',
  waiting: 'About to change: the next one-time password will be filled in.',
  fillOutcome: {
    filled: 'Filled in. Check the page and go on there.',
    noField:
      'No field for a one-time password was found on this page. Press again on the page that has one, or copy and paste.',
    notThisPage: 'This page does not belong to this token’s institution. Nothing was filled in. Check the address.',
    notThisField: 'This field cannot take the one-time password. Choose an empty field that is long enough for it.',
    noPermission: 'The browser does not allow filling in on this page. Press “Allow” below, or copy.',
    failed: 'The field did not take the one-time password. Copy and paste it.',
    vaultClosed: 'The app lock has closed. Enter the lock code and press again.',
    askAgain: 'Confirm with your lock code, then press again.',
  },
  expired: (atMs) => ({
    title: 'This token has expired',
    text: `It expired on ${momentText(atMs, 'en')}. Its one-time passwords no longer work. Have the token revoked at your institution and a new one issued.`,
  }),
  revokedTitle: 'This token is marked as revoked',
  revokedText: 'Your institution has revoked it, so its one-time passwords no longer work. Remove it in the settings.',
  expiresSoon: (atMs) => `Expires on ${momentText(atMs, 'en')}.`,
};
