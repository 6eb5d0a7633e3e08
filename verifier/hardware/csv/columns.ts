import type { SeedEncoding } from '../encoded.ts';

/** What a column of a seed list is; a seed's encoding may stand beside it, as in `seed (hex)`. */
export type Column =
  | 'serial'
  | 'seed'
  | `seed ${SeedEncoding}`
  | 'type'
  | 'digits'
  | 'period'
  | 'hash'
  | 'expiry'
  | 'start'
  | 'checkDigit';

export type Columns = ReadonlyMap<Column, number>;

type Known = Exclude<Column, `seed ${SeedEncoding}`>;

const names: Readonly<Record<Known, RegExp>> = {
  serial:
    /^(token|device|hardware)?(serials?(no|nr|num|number)?|sn)$|^(トークン)?シリアル(no|ナンバー|番号)?$|^製造番号$/,
  seed: /^((otp|oath|hmac|token|totp|shared|device)?(seed|secret|key|secretkey|secretseed)(value|key|data)?|シード値?|秘密鍵|共有鍵|鍵)$/,
  type: /^((token|otp|oath)?(type|mode)|種類|種別|方式)$/,
  digits: /^((otp|code|token|response|passcode)?(digits?|len|length)|numberofdigits|桁数)$/,
  period:
    /^((otp|totp|token)?(time)?(period|step|interval)(in)?(s|secs?|seconds|ms|milliseconds)?|timestepsize|周期|更新間隔|間隔)$/,
  hash: /^((otp|hmac|totp|token)?(hash|sha|hmac|algorithm|algo|digest|suite)(lib|function|algorithm|type)?|crypto|アルゴリズム|ハッシュ(関数)?)$/,
  expiry: /^((token)?(expiry|expires|expire|expiration)(date|at|on)?|enddate|validuntil|validto|notafter|有効期限)$/,
  start: /^(start(date)?|validfrom|notbefore|利用開始日|開始日)$/,
  checkDigit: /^(check(digit)?|チェックデ[ィ]?ジット|検査数字)$/,
};

const encodings: Readonly<Record<SeedEncoding, RegExp>> = {
  hex: /hex(adecimal)?|16進数?/,
  base32: /base32|b32/,
  base64: /base64|b64/,
};

function columnOf(cell: string): Column | null {
  const word = cell
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}ー]/gu, '');
  for (const encoding of Object.keys(encodings) as SeedEncoding[]) {
    const rest = word.replace(encodings[encoding], '');
    if (rest !== word && (rest === '' || names.seed.test(rest))) return `seed ${encoding}`;
  }
  for (const column of Object.keys(names) as Known[]) if (names[column].test(word)) return column;
  return null;
}

/** The columns that a row names, by their place. A row that names a serial or a seed is a head. */
export function columnsOf(cells: readonly string[]): Columns {
  const found = new Map<Column, number>();
  for (const [place, cell] of cells.entries()) {
    const column = columnOf(cell);
    if (column !== null && !found.has(column)) found.set(column, place);
  }
  // Some have no other serial than the token's ID.
  const id = cells.findIndex((cell) => /^\s*(token|device)[\s_-]?id\s*$/i.test(cell));
  if (!found.has('serial') && id >= 0) found.set('serial', id);
  return found;
}

const seedColumns: readonly Column[] = ['seed', 'seed hex', 'seed base32', 'seed base64'];

export function namesSeed(columns: Columns): boolean {
  return seedColumns.some((column) => columns.has(column));
}

/** The columns of the OATH list without a head: serial, seed, type, digits, period, and the hash where it is told. */
export const oathColumns: Columns = new Map([
  ['serial', 0],
  ['seed', 1],
  ['type', 2],
  ['digits', 3],
  ['period', 4],
  ['hash', 5],
]);
