/** What a text beside a field says of it. `never` wins over all: a wrong field is worse than none. */
export type Meaning = 'otp' | 'code' | 'never' | 'nothing';

const otpWords = [
  /ワンタイム/,
  /one[ -]?time[ -]?(pass|code|pin|pw)/,
  /(^|[^a-z])t?otp([^a-z]|$)/,
  /トークン(の|に|で|が|を|へ)*(表示|生成|出力)?(の|される|された|されている|中の)*(パスワード|番号|コード|数字)/,
];

/** Codes that may as well be another thing; they need more evidence beside them. */
const codeWords = [
  /認証(コード|番号|キー)/,
  /[二2]段階認証/,
  /(二|2|多)要素認証/,
  /パスコード/,
  /(authenticat(ion|or)|verification|two[ -]factor|2fa) code/,
  /passcode/,
];

const neverWords = [
  /確認用/,
  /再入力|もう一度/,
  /ログイン(用)?(の)?(パスワード|暗証|id)/,
  /(現在|新しい|変更後|今まで)の?パスワード|新パスワード/,
  /第[一二三1-3]暗証|暗証番号/,
  /乱数|確認番号|確認表/,
  /利用開始パスワード|初期パスワード|仮パスワード/,
  /合(い)?言葉|秘密の(質問|答え)/,
  /口座|店番|支店|金額|数量|回数/,
  /シリアル|製造番号/,
  /(契約者|利用者|お客様|会員|ユーザ|ログイン|申込|受付|納付|整理)(id|番号|名)|サービスid/,
  /画像認証|画像に|文字認証|captcha/,
  /検索|キーワード/,
  /クーポン|キャンペーン|プロモーション|紹介|招待/,
  /郵便番号|電話番号|住所|生年月日|誕生日/,
  /カード番号|セキュリティ(ー)?コード|有効期限/,
  /メール|sms|ショートメッセージ|音声通話/,
  /リカバリ|バックアップ|復旧/,
  /confirm|re-?enter|repeat|again|current password|new password|log ?in password|sign ?in password/,
  /e-?mail|text message|phone|captcha|search|coupon|promo|referral|invit/,
  /serial|account|branch|amount|postal|post ?code|zip|card|cvv|cvc|security (code|question)/,
  /recovery|backup|birth|activation password|user ?id|log ?in ?id|service ?id/,
];

const otpNames = [/onetime|one time/, /(^| )t?otp( |$)/, /^t?otp|t?otp$/];
const codeNames = [/auth ?code|pass ?code|verif(y|ication) ?code|two ?factor|2fa/];
const neverNames =
  /captcha|search|query|coupon|promo|zip|postal|card|cvv|cvc|acc(oun)?t|branch|amount|serial|sms|mail|confirm|login|recovery|backup|phone|birth|user ?id|(^| )(ref|tel|pin)( |$)/;

/** A sentence that tells of a code which somebody was sent, so that a token's code has no place here. */
const channel = /メール|ショートメッセージ|sms|e-?mail|text message|お?電話|phone|line/;
const wasSent =
  /送信(しま|いたしま|した|済|され)|お送り(しま|いたしま|した)|送りました|届(い|き|く)|通知(しま|いたしま|した|され)|sent|mailed|texted/;
const sentThing = /ワンタイム|コード|認証番号|パスワード|code|password|otp/;

/** One writing of a text: NFKC, lower case, one space between words. Half-width katakana becomes full-width. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** What the text beside a field says: a label, a table heading, a hint inside it. */
export function meaningOfText(text: string): Meaning {
  const folded = fold(text);
  // Japanese has no spaces between words, but pages put line breaks into them.
  const packed = folded.replaceAll(' ', '');
  const says = (words: readonly RegExp[]) => words.some((word) => word.test(folded) || word.test(packed));
  if (says(neverWords)) return 'never';
  if (says(otpWords)) return 'otp';
  return says(codeWords) ? 'code' : 'nothing';
}

/** What a field's `name` or `id` says: `oneTimePassword`, `txt_otp`, `AUTH-CODE`. */
export function meaningOfName(name: string): Meaning {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z]+/g, ' ')
    .trim()
    .toLowerCase();
  if (neverNames.test(words)) return 'never';
  if (otpNames.some((each) => each.test(words))) return 'otp';
  return codeNames.some((each) => each.test(words)) ? 'code' : 'nothing';
}

/** True where the text tells that a code was sent by mail, SMS or telephone. */
export function tellsOfSentCode(text: string): boolean {
  return text
    .split(/[。!?！？\n]+/u)
    .map(fold)
    .some((sentence) => channel.test(sentence) && wasSent.test(sentence) && sentThing.test(sentence));
}
