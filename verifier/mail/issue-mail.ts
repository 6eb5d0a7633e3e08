import type { Institution } from '../../shared/institution.ts';
import { groupUserId } from '../rules/user-id.ts';
import type { Message } from './mailer.ts';

/** What the mail of an issue tells. */
export interface IssueMail {
  readonly institution: Institution;
  readonly to: string;
  readonly userId: string;
  /** Address of the page on setting up, without IDs. */
  readonly pageUrl: string;
  /** The same page with the IDs in its fragment. */
  readonly activationUrl: string;
  readonly lapsesAtMs: number;
  readonly nowMs: number;
}

function time(ms: number, timeZone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'long', timeStyle: 'short' }).format(ms);
}

/** Drops what could end a line: a name or contact of the institution file stays within its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/**
 * The mail to a user for whom a software token was issued: Japanese first, then English. Whether it carries the IDs or
 * the address alone is the institution's choice. It never holds a password or a seed.
 */
export function composeIssueMail(mail: IssueMail): Message {
  const { institution } = mail;
  const { showIds, supportContact, from } = institution.mail;
  const name = { ja: oneLine(institution.name.ja), en: oneLine(institution.name.en) };
  const until = {
    ja: time(mail.lapsesAtMs, institution.timeZone, 'ja-JP'),
    en: time(mail.lapsesAtMs, institution.timeZone, 'en-GB'),
  };
  const userId = groupUserId(mail.userId);
  const ids = {
    ja: showIds
      ? [`サービスID: ${institution.serviceId}`, `ユーザID: ${userId}`]
      : ['サービスIDとユーザIDは、お取引画面(認証確認)でご確認ください。'],
    en: showIds
      ? [`Service ID: ${institution.serviceId}`, `User ID: ${userId}`]
      : ['Service ID and User ID stand on the authentication screen of your bank.'],
  };
  const contact = oneLine(supportContact);
  const lines = [
    'ワンタイムパスワードのソフトウェアトークンが発行されました。',
    '次のページを開き、トークンを初期設定してください。',
    '',
    showIds ? mail.activationUrl : mail.pageUrl,
    '',
    ...ids.ja,
    `初期設定と認証確認の期限: ${until.ja}(${institution.timeZone})`,
    '',
    '初期設定には、トークン発行の画面でお決めになった利用開始パスワードが必要です。',
    '初期設定のあと、お取引画面(認証確認)にワンタイムパスワードを 1 回入力すると、ご利用いただけます。',
    'お心当たりがない場合は、このメールを破棄し、下記へご連絡ください。',
    '',
    name.ja,
    ...(contact === '' ? [] : [`お問い合わせ: ${contact}`]),
    '',
    '----------------------------------------',
    '',
    'A software token for one-time passwords has been issued for you.',
    'Open this page and set the token up:',
    '',
    showIds ? mail.activationUrl : mail.pageUrl,
    '',
    ...ids.en,
    `Set up and confirm by: ${until.en} (${institution.timeZone})`,
    '',
    'The set-up asks for the activation password that you chose when the token was issued.',
    'Afterwards type one one-time password on the authentication screen of your bank; then the token is in use.',
    'If you did not ask for this, delete the mail and tell us.',
    '',
    name.en,
    ...(contact === '' ? [] : [`Contact: ${contact}`]),
    '',
  ];
  return {
    from: { name: name.ja, address: from },
    to: mail.to,
    subject: `【${name.ja}】ワンタイムパスワードトークン発行のお知らせ / Your one-time password token`,
    text: lines.join('\n'),
    atMs: mail.nowMs,
  };
}
