import { fold } from './words.ts';

/** Codes sent by mail, SMS or telephone: a token's code must not go where one of those is asked for. */
const channel = /メール|ショートメッセージ|sms|e-?mail|text message|電話|携帯|音声|コールバック|phone|\b(voice|line)\b/;
const wasSent =
  /(送信|通知)((いた)?し[また]|済|され)|送り(ま|(いた)?し[また])|届[いきく]|受信した|受け取った|お知らせし|記載(の|され)|お伝えし[また]|読み上げ[らま]|\b(sent|e?mailed|texted)/;
const sentThing = /ワンタイム|コード|番号|ワード|数字|桁|code|password|otp|digits/;

/** Words with the code's name in them for things that are sent, or have an address, when a token is set up. */
const tokenApp = /(ワンタイム(パスワード|pw)?|otp|トークン)(用|生成|表示)?の?アプリ/g;

/** Phrases that mean no code: mail that is not the institution's, numbers of other kinds. */
const otherSending =
  /(不審な|装った|フィッシング|suspicious|phishing) ?(電子|e-?mails?|メール|sms|や)+|(受付|口座)番号/g;

/** Phrases for sending without a channel. */
const sentAnyway = [
  /(コード|認証番号|ワンタイムパスワード)を(お送り|送信((いた)?しま|済)|送付し|通知しま)/,
  /(届いた|受信した)[^、]{0,12}(コード|番号|数字|ワード)/,
  /(we|have|just|was|been) sent[^.]{0,40}(code|password|otp|digits)|(code|password|otp)[^.]{0,24}(sent|texted|e-?mailed) to/,
  /the (code|digits|number|otp|one.time \w+)((?!token)[^.]){0,24}(we|you)( have|.ve)? (sent|received|got|texted|e-?mailed)/,
  // Ways to be sent another one.
  /再送(?!.*行わ)|(コード|番号|ワード|メール|sms)[のを]?再送|もう一度送|再度送/,
  /(コード|番号|(?<!url)メール(?!.*最初から)|sms|パスワード)(が|を)?(届かない|届きません|受け取れない)/,
  /re-?send|send (it |me |a |the |another |new )*(code|e-?mail|sms|text)|(didn.?t|not|haven.?t) (g[eo]t|received?)[^.]{0,20}(code|e-?mail|text|sms)/,
  // Of another app, which is being set up here.
  /(認証アプリ|authenticator)[^.]*(読み取|スキャン)|scan[^.]*(authenticator|barcode)|(secret|set-?up) key/,
];

/** A heading that names the channel. */
const channelHeading =
  /(メール|sms|ショートメッセージ|電話|音声)(による|での?|を使った|の)?(ワンタイム|認証|コード|(本人)?確認|二段階)|(e-?mail|sms|text message|phone) (verification|authentication|code)/;

/** True if the visible text, with its line breaks, says that a code was sent, or belongs to an app being set up here. */
export function tellsOfSentCode(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => fold(line).replace(tokenApp, 'アプリ').replace(otherSending, ''))
    .filter((line) => line !== '');
  // A sentence may be broken over two lines.
  const sentences = lines.flatMap((line, index) => [...line.split(/[。!?]+/), ...pair(line, lines[index + 1])]);
  return sentences.some(
    (sentence) =>
      (channel.test(sentence) && wasSent.test(sentence) && sentThing.test(sentence)) ||
      sentAnyway.some((each) => each.test(sentence)),
  );
}

/** True if a heading or title names the channel by which the code comes. */
export function isOfAChannel(heading: string): boolean {
  return channelHeading.test(fold(heading).replace(/(?<=[^\x20-\x7e]) | (?=[^\x20-\x7e])/g, ''));
}

/** True if the page offers help with a forgotten code, or wants a PIN before it: such codes are memorised. */
export function tellsOfKeptCode(text: string): boolean {
  return /(pin|password) (followed by|plus|and then) [^.]{0,17}(code|token)|forg[eo]t(ten)? (\w+ ){0,2}(pass ?code|pin\b|security (number|code))|(コード|[暗認]証番号)をお?忘れ/.test(
    fold(text),
  );
}

/** The last sentence of a line with the first of the next, where the line does not end one and is no caption. */
function pair(line: string, next: string | undefined): string[] {
  if (!next || /([。!?.)]|ード|番号|code|password)$/.test(line)) return [];
  return [(line.split(/[。!?]/).at(-1) ?? '') + (next.split(/[。!?]/)[0] ?? '')];
}
