import { fold } from './words.ts';

/** A code that somebody was sent by mail, SMS or telephone: a token's code has no place where it is asked for. */
const channel = /メール|ショートメッセージ|sms|e-?mail|text message|電話|携帯|音声|コールバック|phone|voice|line/;
const wasSent =
  /送信(しま|いたしま|した|済|され)|お?送り(しま|いたしま|した)|送りました|届(い|き|く)|受信した|受け取った|通知(しま|いたしま|した|され)|お知らせし|記載(の|され)|(^|[^a-z])(sent|mailed|emailed|texted)/;
const sentThing = /ワンタイム|コード|番号|パスワード|数字|桁|code|password|otp|digits/;

/** Named after the code, and sent, or its address, when a token is set up. */
const tokenApp = /(ワンタイム(パスワード|pw)?|otp|トークン)(用|生成|表示)?(の)?アプリ/g;

/** The sending told without its channel. */
const sentAnyway = [
  /(コード|認証番号|ワンタイムパスワード)を(お送り|送信(しま|いたしま|済)|送付し|通知しま)/,
  /(届いた|受信した)[^、。]{0,12}(コード|番号|数字|パスワード)/,
  /(we|have|just|was|been) sent[^.]{0,40}(code|password|otp|digits)|(code|password|otp)[^.]{0,24}(sent|texted|e-?mailed) to/,
  /the (code|digits|number)[^.]{0,24}(we|you)( have|.ve)? (sent|received|got|texted|e-?mailed)/,
];

/** Ways to be sent another one. */
const sendAgain = [
  /再送|もう一度送|再度送/,
  /(コード|番号|(?<!url)メール|sms|パスワード)(が|を)?(届かない|届きません|受け取れない)/,
  /resend|re-send|send (it |me |a |the |another |new )*(code|e-?mail|sms|text)|(didn.?t|not|haven.?t) (get|got|receive|received)[^.]{0,20}(code|e-?mail|text|sms)/,
];

/** A heading that names the channel. */
const channelHeading =
  /(メール|sms|ショートメッセージ|電話|音声)(による|での|で|を使った|の)?(ワンタイム|認証|コード|確認|二段階|本人確認)|(e-?mail|sms|text message|phone) (verification|authentication|code)/;

/** True where what a person reads tells that a code was sent to them. One text with its line breaks. */
export function tellsOfSentCode(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => fold(line).replace(tokenApp, 'アプリ'))
    .filter((line) => line !== '');
  // A sentence may be broken over two lines.
  const sentences = lines.flatMap((line, index) => [...line.split(/[。!?]+/), ...pair(line, lines[index + 1])]);
  return sentences.some(
    (sentence) =>
      (channel.test(sentence) && wasSent.test(sentence) && sentThing.test(sentence)) ||
      sentAnyway.some((each) => each.test(sentence)) ||
      sendAgain.some((each) => each.test(sentence)),
  );
}

/** True where a heading or title says by which channel its code comes. */
export function isOfAChannel(heading: string): boolean {
  return channelHeading.test(fold(heading).replace(/(?<=[^\x20-\x7e]) | (?=[^\x20-\x7e])/g, ''));
}

/** True where the page offers help to whoever forgot the code, or wants a PIN before it: a person keeps that in mind. */
export function tellsOfKeptCode(text: string): boolean {
  return /(pin|password) (followed by|plus|and then) (the |your )?[^.]{0,12}(code|token)|forg[eo]t(ten)? (your |my |the )?(\w+ )?(pass ?code|pin(?![a-z])|security (number|code))|(パスコード|コード|暗証番号|認証番号)を(お)?忘れ/.test(
    fold(text),
  );
}

/** The last sentence of a line with the first of the next, where the line does not end one. */
function pair(line: string, next: string | undefined): string[] {
  if (next === undefined || /[。!?.]$/.test(line)) return [];
  return [(line.split(/[。!?]/).at(-1) ?? '') + (next.split(/[。!?]/)[0] ?? '')];
}
