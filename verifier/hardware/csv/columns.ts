/** What a column of a seed list is. */
export type Column = 'serial' | 'seed' | 'type' | 'digits' | 'period' | 'hash' | 'expiry' | 'start' | 'checkDigit';

const names: Readonly<Record<Column, RegExp>> = {
  serial: /^(serial(no|number)?|sn|tokenserial(number)?|シリアル(番号)?|製造番号)$/,
  seed: /^(seed|secret(key)?|key|otpkey|hexseed|base32seed|シード|秘密鍵|鍵)$/,
  type: /^(type|tokentype|otptype|種類|種別|方式)$/,
  digits: /^(digits|otplen(gth)?|length|responselength|otpdigits|桁数)$/,
  period: /^(period|timestep|timeinterval|interval|step|周期|更新間隔|間隔)$/,
  hash: /^(hash|hashlib|algorithm|crypto|アルゴリズム)$/,
  expiry: /^(expiry(date)?|expires(at)?|expirationdate|enddate|有効期限)$/,
  start: /^(start(date)?|validfrom|利用開始日|開始日)$/,
  checkDigit: /^(check(digit)?|チェックデ[ィ]?ジット|検査数字)$/,
};

/** The columns that a head row names, by their place; null where the row is no head. */
export function columnsOf(cells: readonly string[]): ReadonlyMap<Column, number> | null {
  const found = new Map<Column, number>();
  for (const [place, cell] of cells.entries()) {
    const word = cell
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[\s_.()-]/g, '');
    for (const column of Object.keys(names) as Column[]) {
      if (names[column].test(word) && !found.has(column)) found.set(column, place);
    }
  }
  return found.has('serial') && found.has('seed') ? found : null;
}

/** The columns of the OATH list without a head: serial, seed, type, digits, period, and the hash where it is told. */
export const oathColumns: ReadonlyMap<Column, number> = new Map([
  ['serial', 0],
  ['seed', 1],
  ['type', 2],
  ['digits', 3],
  ['period', 4],
  ['hash', 5],
]);
