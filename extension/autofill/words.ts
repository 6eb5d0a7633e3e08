/**
 * What a text or a name beside a field says about it. `never` wins over everything: a wrong field is worse than none. `other`
 * means something else, unless a text says that it is the one-time password, or that a token shows it.
 */
export type Meaning = 'otp' | 'code' | 'never' | 'other' | 'nothing';

const otpWords = [
  /ワンタイム|使い捨て/,
  /one[ -]?time[ -]?(pass|code|pin|pw|key)|single[ -]use (pass|code)|dynamic (pass|code)|\bt?otp(?![a-z])/,
  /トークン([のにでがをへ上]|画面)*(表示|生成|出力|液晶)?(の|に|され(る|た|ている)|中の|している)*[^、。]{0,12}(パスワード|番号|コード|数字|暗証|桁)/,
  /(パスワードカード|生成([機器]|アプリ)|認証アプリ|google ?認証システム|アプリ[にで](表示|生成)|液晶|表示窓)[^、。]{0,16}(パスワード|番号|コード|数字|暗証)/,
  /token[ -]?(code|pass|pin|response)|(code|password|digits|number)s? (that (is|are) )?(shown|displayed|generated|from|on|in|by)( (on|by|in|from))?[^.]{0,24}(token|authenticator|fob|device)/,
  /(token|authenticator|fob)('s)?[^.]{0,60}(shows|displays|generates)|code (from|in|on|shown (in|on|by)) (your|the) ([a-z]+ )?(authenticator|app(?![a-z])|key ?fob)|code from vip access|(digipass|securid)[^.]{0,12}(code|number|password|digits)|authenticator (app )?code/,
];

/** Codes that could be something else; they need more evidence. */
const codeWords = [
  /認証(コード|番号|キー|パスワード)|可変(パスワード|暗証)/,
  /[二2](段階|要素|経路)認証|多要素認証/,
  /パスコード|確認コード|検証コード/,
  /^((ソフト|ハード)(ウェア)?|セキュリティ)?トークン(入力)?$/,
  /(authenticat(ion|or)|verification|access|two[ -]factor|2fa|mfa|[678][ -]digit) (code|number)|passcode/,
  /^((your|soft|hard|ware|security) ?)*token$/,
];

/** For something else, whatever other texts say. */
const neverWords = [
  /確認(用|のため|入力)|\(確認\)|再入力|再度|もう一度|[12二][つ回]目|連続する/,
  /第[一二三四1-4]暗証|乱数|確認(番号)?表|利用開始|(初期|仮)(パスワード|暗証)|新しい|変更後/,
  /合い?言葉|秘密の|質問|口座|店番|支店|科目|金額|数量|[回件枚本]数|シリアル|製造番号|トークン(id|名|番号(?![^。]*表示)|no)/,
  /裏[面側]|背面|(on|at) the back|番目の/,
  /(ワンタイム(パスワード|pw)?|otp|トークン)の?(申込|利用|契約|登録|受付|管理|解除|会員|ユーザー?|サービス)[^。、(]{0,4}(id|番号|名|コード|日|額)/,
  /画像|文字認証|ロボット|計算結果/,
  /検索|クーポン|キャンペーン|プロモ|紹介コード|招待|ギフト|ポイント|[知付信]先|表示名/,
  /(郵便|電話|カード|会員)番号|住所|生年月日|誕生日/,
  /メール|ショートメッセージ|音声/,
  /リカバリ|バックアップ|復旧|予備コード|緊急/,
  /(pin|暗証番号|パスワード) ?(\+|および|及び|に続けて|の後ろ?に)|取引認証|トランザクション|チャレンジ|署名/,
  /入力しないで|空欄のまま|何も入力/,
  /^(confirm(?! ?(with|(your|the)? ?(transfer|payment)))|re-?(enter|type)|repeat)|again|second code|next code|consecutive/,
  /e-?mail|text(ed)? message|by text|sms|voice call|phone (call|number)|captcha|search|coupon|promo|referral|invit|gift/,
  /serial|amount|post(al| ?code)|zip|cv[vc]|card (number|security)|security question|challenge|transaction sign/,
  /recovery|backup|birth|activation password|(leave|keep) (this|it)( field)? (blank|empty)|do( not|n.t) fill/,
];

/** For something else, unless the same text speaks of the one-time password too. */
const otherWords = [
  /ログ[イオ]ン|(取引|資金移動)用?(暗証|パスワード)|暗証番号|確認(番号|パスワード)|(新|現在の?|今までの?)パスワード/,
  /(契約者?|利用者|お客様|会員|ユーザー?|申込|受付|納付|整理|顧客|企業|加入者)(id|番号|名|コード)|サービスid/,
  /有効期限|キーワード|カード|電話|限度額|手数料/,
  /confirm|(current|new|old) password|log ?(in|on)|sign ?[io]n|phone|account|branch|card|expir/,
  /user ?(id|name)|service ?id|customer|member/,
];

/** Of a card, unless a token shows it. */
const cardOrToken = /セキュリティー?コード|security code/;

const otpNames = [
  /one ?time|wan ?ta?imu?|ts?ukaisute|\botc\b/,
  /\bt?otp|t?otp$/,
  /token ?(code|cd|pw|pass(wd|word)?|num(ber)?|val(ue)?|input)\b/,
];
const codeNames = [
  /auth ?(code|cd|no|num|key)|pass ?code|verif(y|ication)? ?(code|no|num)|two ?factor|\b[2m]fa\b|fa code/,
  /nin(sh|sy)ou?( ?(no|num|cd|code|key|kodo|bangou?|pw|pass))?\b/,
  /\b(tokun|token( ?no)?)\b/,
];
const neverNames =
  /captcha|gazo|search(?! ?form)|kensaku|query|keyword|coupon|promo|zip|postal|yuu?bin|cv[vc]|serial|sh?iriaru|sms|mail|phone|denwa|recovery|backup|birth|ransu|aikotoba|himitsu|honey|csrf|website|\b(ref|tel|url|hp)\b/;
/** Of another field, or of the form around it: what is said counts more, the rest of the name does not. */
const formNames = /confirm|kakunin|again|repeat|re ?enter|retype|search|amount|kin ?gaku|sh?iten|ten ?ban|kou?za/;
const otherNames = /card|acc(oun)?t|branch|log ?[io]n|user ?id|an(sh|sy)ou?|\bpin\b|keiyaku|kaiin/;

const denial =
  /ではな|では(あり|ござい)ません|とは(異な|違|別)|じゃな|でない|以外|不要|未(利用|契約|登録)|利用[^。]{0,5}ていない|次の?(画面|ページ|ステップ)で|on the next|\bnot (your|the|an?|use|enter|needed)\b|without a (one|to)|instead of|unlike/;

/** What a message on a wrong or used code asks for, and what a note on the lockout counts; no wish for the same code twice. */
const retry =
  /(?<=(正しくありません|違います|wrong|incorrect|invalid).*)(もう一度|再度|再入力|try again)|回数(?=[^。]*(間違え|誤)ると)|(?<=表示され(てい)?[るた])新しい/g;

/** Text in brackets, which only says for whom or when the field is, unless it says what the code is or where it comes from. */
const condition = /[([【](?![^)]*(表示|(ード|rd|otp)\)))[^)\]】]*|※.*|for .*(user|customer)s/g;

/** Normal form of a text: NFKC, lower case, one space between words, `6桁` for `6けた`. Half-width katakana becomes full-width. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/(?<=\d ?)(けた|ケタ)/g, '桁')
    .trim();
}

/** Without what the text says that the field is not: `確認用パスワードではありません`. */
function withoutDenials(folded: string): string {
  if (!denial.test(folded)) return folded;
  return folded
    .split(/(?<=[。、,;.()・※])/)
    .filter((clause) => !denial.test(clause))
    .join('');
}

/** What the text beside a field says: a label, a table heading, a hint inside it. */
export function meaningOfText(text: string): Meaning {
  const folded = withoutDenials(fold(text));
  if (says(folded, neverWords)) {
    const rest = folded.replace(retry, '');
    return rest === folded || meaningOfText(rest) === 'never' ? 'never' : 'nothing';
  }
  const head = folded.replace(condition, '');
  if (says(head, otherWords) && !says(head, otpWords)) return 'never';
  if (says(folded, otpWords)) return 'otp';
  if (says(folded, otherWords)) return 'never';
  if (cardOrToken.test(folded)) return 'other';
  return says(folded, codeWords) ? 'code' : 'nothing';
}

function says(folded: string, words: readonly RegExp[]): boolean {
  // Japanese has no spaces between words, but pages put line breaks into them.
  const packed = folded.replaceAll(' ', '');
  return words.some((word) => word.test(folded) || word.test(packed));
}

/** True where a text says that a token or an app shows the code, so that nobody was sent it. */
export function namesTheToken(text: string): boolean {
  return /トークン|認証アプリ|google ?認証システム|digipass|securid|生成(アプリ|[機器])|パスワードカード|authenticator|vip access|secur(e|ity) (key|device)|\b(token|fob)/.test(
    fold(text),
  );
}

/** What a field's `name` or `id` says: `oneTimePassword`, `txt_otp`, `wanTimePw`, `AUTH-CODE`. */
export function meaningOfName(name: string): Meaning {
  const words = fold(
    name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replace(/[^A-Za-z0-9]+/g, ' ')
      .replace(/(?<=[A-Za-z])\d+|\b\d+\b/g, ' '),
  );
  if (neverNames.test(words)) return 'never';
  if (formNames.test(words)) return 'other';
  if (otpNames.some((each) => each.test(words))) return 'otp';
  if (otherNames.test(words)) return 'other';
  return codeNames.some((each) => each.test(words)) ? 'code' : 'nothing';
}

/** Which of a row of boxes one is. */
export const ordinal = /\d+ ?(桁|文字|番)目|(digit|character|number|box|code) ?\d+|\d(st|nd|rd|th)? ?(digit|character)/;

/** A caption so general that the text around it may say what the field is: `パスワード`, `Code`, `番号`. */
export function isGeneral(text: string): boolean {
  const rest = fold(text)
    .replace(ordinal, '')
    .replace(
      /パスワード|暗証|コード|番号|数字|認証|入力|欄|pass(word)?|code|number|pin|please|enter|input|the|your|[^\p{L}\p{N}]/gu,
      '',
    );
  return rest === '' || isNote(text);
}

/** A remark beside a field that is no caption of its own: `必須`, `半角数字6桁`, a whole sentence. */
export function isNote(text: string): boolean {
  const folded = fold(text);
  if (/^[※*(注例]|([。.!?]|です|ます|ません|ください|下さい|こと)$/.test(folded)) return true;
  if (folded.split(' ').length > 6) return true;
  const rest = folded
    .replace(/必須|任意|半角|全角|英数字?|数字|入力|必要|例|required|optional|digits?|half-width|numeric|only/g, '')
    .replace(/\d+ ?[~〜-]? ?\d* ?(桁|文字)?|[^\p{L}\p{N}]/gu, '');
  return /^[ので]?$/.test(rest);
}

/** Lengths in digits that a text tells: `6桁`, `4〜8桁`, `6-digit`; empty where it tells none. */
export function lengthsTold(text: string): { readonly least: number; readonly most: number }[] {
  const folded = fold(text).replace(/\d+桁の[^。、\d]*(では(な|あり|ござい)|とは(異|別|違))|not \w+ \d+[ -]digit/g, '');
  const range = /(\d{1,2})\s*桁?\s*(?:[~〜ー-]|から|to|or|または|か)\s*(\d{1,2})\s*(?:桁|[ -]?digits?)/g;
  const told = [...folded.matchAll(range)].map(([, least, most]) => ({ least: Number(least), most: Number(most) }));
  const single = /(\d{1,2})\s*(?:桁(?!目|ずつ)|[ -]?digits?(?!s| \d| each))/g;
  for (const [, length] of folded.replace(range, '').matchAll(single)) {
    told.push({ least: Number(length), most: Number(length) });
  }
  // `1桁ずつ`: one digit in each box.
  return told.filter(({ most }) => most > 2);
}
