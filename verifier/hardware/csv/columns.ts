import type { SeedEncoding } from '../encoded.ts';

/** What a column of a seed list is; a seed's encoding may stand beside it, as in `seed (hex)`. */
export type Column =
  | 'serial'
  | 'seed'
  | `seed ${SeedEncoding}`
  | 'type'
  | 'digits'
  | 'period'
  | 'counter'
  | 'hash'
  | 'suite'
  | 'expiry'
  | 'start'
  | 'checkDigit';

export type Columns = ReadonlyMap<Column, number>;

type Known = Exclude<Column, `seed ${SeedEncoding}`>;

const names: Readonly<Record<Known, RegExp>> = {
  serial:
    /^(token|device|hardware)?(serials?(no|nr|num|number)?|sn)$|^(トークン)?シリアル(no|ナンバー|番号)?$|^製造番号$/,
  seed: /^((otp|oath|hmac|token|totp|shared|device)?(seed|secret|key|secretkey|secretseed)(value|key|data)?|seed(code|コード)|シード(値|コード|キー)?|シークレット(キー)?|(共有)?秘密(鍵|キー)|共有鍵|鍵)$/,
  type: /^((token|otp|oath)?(type|mode)|(otp|トークン|同期)?(種類|種別|方式|タイプ))$/,
  digits:
    /^((otp|code|token|response|passcode)?(digits?|len|length)|numberofdigits|(otp|コード|表示|(ワンタイム)?パスワード)?桁数)$/,
  period:
    /^((otp|totp|token)?(time|refresh)?(period|step|interval|timewindow)(in)?(s|secs?|seconds|ms|milliseconds)?|timestepsize|(更新|時間|表示)?(周期|間隔)|(タイム|時間)ステップ)$/,
  counter: /^((initial|start)?counter(value)?|movingfactor|カウンター?値?)$/,
  hash: /^((otp|hmac|totp|token)?(hash|sha|hmac|algorithm|algo|digest)(lib|function|algorithm|type)?|crypto|(ハッシュ)?アルゴリズム|ハッシュ(関数|方式)?)$/,
  suite: /^(otp|algorithm)?suite$/,
  expiry:
    /^((token|policy)?(expiry|expires|expire|expiration|exp)(date|time|at|on)?|enddate|validuntil|validto|notafter|(トークン)?(有効|使用|利用)?期限(日|日時)?|満了日)$/,
  start: /^((policy)?start(date)?|validfrom|notbefore|利用開始日|開始日)$/,
  checkDigit: /^(check(digit)?|チェックデ[ィ]?ジット|検査数字)$/,
};

const encodings: Readonly<Record<SeedEncoding, RegExp>> = {
  hex: /hex(adecimal)?|16進数?/,
  base32: /base32|b32/,
  base64: /base64|b64/,
};

/** A head's letters and digits. */
function wordOf(cell: string): string {
  return cell
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}ー]/gu, '');
}

/** The same without what stands in brackets, such as a unit. */
function bareWordOf(cell: string): string {
  return wordOf(cell.normalize('NFKC').replace(/[([【][^)\]】]*[)\]】]/g, ''));
}

function columnOf(cell: string): Column | null {
  const word = wordOf(cell);
  for (const encoding of Object.keys(encodings) as SeedEncoding[]) {
    const rest = word.replace(encodings[encoding], '');
    if (rest !== word && (rest === '' || names.seed.test(rest))) return `seed ${encoding}`;
  }
  if (names.seed.test(word)) return 'seed';
  // Of a seed, it may say that it is encrypted.
  const bare = bareWordOf(cell);
  const named = (Object.keys(names) as Known[]).filter((column) => column !== 'seed');
  return named.find((column) => names[column].test(word) || names[column].test(bare)) ?? null;
}

/** The columns that a row names, by their place. A row that names a serial or a seed is a head. */
export function columnsOf(cells: readonly string[]): Columns {
  const found = new Map<Column, number>();
  for (const [place, cell] of cells.entries()) {
    const column = columnOf(cell);
    if (column !== null && !found.has(column)) found.set(column, place);
  }
  // Some have no other serial than the token's ID.
  const id = cells.findIndex((cell) => /^((token|device|(otp)?トークン)id|トークン番号)$/.test(bareWordOf(cell)));
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
