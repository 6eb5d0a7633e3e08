import type { RefusalReason } from './faults.ts';

/** What a reason means to a person, in both languages. */
export const refusalWords: Readonly<Record<RefusalReason, { readonly ja: string; readonly en: string }>> = {
  tooLarge: { ja: 'ファイルが大きすぎます', en: 'the file is too large' },
  tooManyRecords: { ja: '件数が多すぎます', en: 'the file has too many records' },
  tooDeep: { ja: '要素の入れ子が深すぎます', en: 'elements lie too deep in each other' },
  tooLong: { ja: '長すぎる項目があります', en: 'a value or record is too long' },
  doctype: { ja: 'DOCTYPE を含むファイルは読み込みません', en: 'a file with a DOCTYPE is not read' },
  encodingWrong: { ja: '文字コードを判別できないか、誤っています', en: 'the text encoding is wrong or not known' },
  malformedXml: { ja: 'XML として正しくないか、途中で切れています', en: 'the XML is malformed or cut off' },
  malformedCsv: { ja: 'CSV として正しくありません', en: 'the list is malformed' },
  formula: { ja: '数式のセルがあります', en: 'a cell holds a formula' },
  unknownFormat: {
    ja: '対応していない形式です。圧縮・暗号化を解き、PSKC か CSV で用意してください',
    en: 'the format is not known: unpack it, or ask the vendor for PSKC or CSV',
  },
  versionUnsupported: { ja: '対応していない PSKC の版です', en: 'the version of PSKC is not supported' },
  columnsMissing: {
    ja: '見出し行にシリアル番号かシードの列がありません。serial と seed という見出しを付けてください',
    en: 'the head row names no column of serials or of seeds: call them serial and seed',
  },
  noRecords: { ja: 'トークンの記録がありません', en: 'the file has no records' },
  keyMissing: {
    ja: '暗号化されています。鍵またはパスワードを指定してください',
    en: 'the file is encrypted: give its key, password or private key',
  },
  keyLengthWrong: { ja: '鍵の長さが暗号方式と合いません', en: 'the key’s length does not fit the cipher' },
  derivationUnsupported: { ja: '対応していない鍵導出方式です', en: 'the key derivation is not supported' },
  iterationsTooMany: {
    ja: 'PBKDF2 の反復回数が上限の 1,000,000 回を超えています',
    en: 'PBKDF2 is asked for more than 1,000,000 times',
  },
  cipherUnsupported: { ja: '対応していない暗号方式です', en: 'the cipher is not supported' },
  cipherNotAllowed: {
    ja: '3DES・Camellia・RSA 1.5 は許可した場合だけ読み込みます',
    en: '3DES, Camellia and RSA 1.5 are read only where that is allowed',
  },
  macUnsupported: { ja: '対応していない MAC です', en: 'the MAC is not supported' },
  macMissing: {
    ja: '暗号化された値に MAC がなく、改変の有無を確かめられません。許可 (unauthenticated) した場合だけ読み込みます',
    en: 'no MAC stands over an encrypted value, and its cipher proves nothing: read only where unauthenticated is allowed',
  },
  macMismatch: { ja: '鍵が違うか、ファイルが改変されています', en: 'the key is wrong or the file was altered' },
  decryptionFailed: {
    ja: '復号できません。鍵が違うか、ファイルが壊れています',
    en: 'a value does not open: wrong key or damaged file',
  },
  malformedRecord: { ja: '記録を読み取れません', en: 'the record cannot be read' },
  notTimeBased: { ja: '時刻同期型(TOTP)ではありません', en: 'not time-based (TOTP)' },
  seedMissing: { ja: 'シードがありません', en: 'there is no seed' },
  seedMalformed: { ja: 'シードを読み取れません', en: 'the seed cannot be read' },
  seedAmbiguous: {
    ja: 'シードの表記が 16 進か base32 か base64 か決まりません。一覧なら見出しを seed (hex)・seed (base32)・seed (base64) のいずれかにしてください',
    en: 'the seed can be read in two encodings: in a list, head its column seed (hex), seed (base32) or seed (base64)',
  },
  seedTooShort: { ja: 'シードが 128 ビットより短いです', en: 'the seed is shorter than 128 bits' },
  seedTooLong: { ja: 'シードが長すぎます', en: 'the seed is too long' },
  serialMissing: { ja: 'シリアル番号がありません', en: 'there is no serial' },
  serialPattern: {
    ja: 'シリアル番号が金融機関の桁数 (hardware.serialDigits) に合いません',
    en: 'the serial does not have the institution’s number of digits (hardware.serialDigits)',
  },
  serialMismatch: {
    ja: 'シリアル番号と鍵の ID が 1 ビットだけ異なります',
    en: 'the serial and the key’s ID differ in a single bit',
  },
  duplicateInFile: { ja: 'ファイル内でシリアル番号が重複しています', en: 'the serial stands twice in the file' },
  duplicateInStock: { ja: 'シリアル番号は登録済みです', en: 'the serial is in stock already' },
  algorithmUnsupported: { ja: '対応していないハッシュです', en: 'the hash is not supported' },
  contradictory: {
    ja: '記録の中でシード・ハッシュ・桁数の記載が食い違っています',
    en: 'the record tells two different seeds, hashes or numbers of digits',
  },
  digitsUnsupported: { ja: '桁数は 6 から 8 です', en: 'codes have 6 to 8 digits' },
  periodUnsupported: { ja: '更新間隔は 30 秒か 60 秒です', en: 'the period is 30 or 60 seconds' },
  responseUnsupported: { ja: '数字以外のコードです', en: 'codes are not decimal' },
  checkDigits: { ja: '検査数字が誤っているか、対応していません', en: 'the check digit is wrong or not supported' },
  dataUnknown: {
    ja: '鍵のデータか生成条件に未知の項目があります',
    en: 'the key’s data or parameters hold something unknown',
  },
  policyUnknown: { ja: '未知の利用条件があります', en: 'the policy holds something unknown' },
  policyUnsupported: { ja: '守れない利用条件があります', en: 'the policy asks for what cannot be kept here' },
  keyUsage: { ja: 'ワンタイムパスワード用の鍵ではありません', en: 'the key is not for one-time passwords' },
  dateMalformed: {
    ja: '日付を読み取れません。2031-03-31 のように書いてください',
    en: 'a date cannot be read: write it as 2031-03-31',
  },
  notYetValid: { ja: '利用開始日前です', en: 'the key’s start date is still to come' },
  driftTooLarge: { ja: '時刻のずれが上限を超えています', en: 'the clock is further off than the limit' },
};
