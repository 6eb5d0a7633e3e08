/** What is wrong with the log: where, and what it means. IDs are those of the database. */
export type Finding =
  | { readonly kind: 'rowEdited'; readonly auditId: number; readonly segmentId: number }
  | { readonly kind: 'rowMissing'; readonly auditId: number; readonly segmentId: number }
  | { readonly kind: 'rowInserted'; readonly auditId: number; readonly segmentId: number }
  | { readonly kind: 'segmentEdited'; readonly segmentId: number }
  | {
      readonly kind: 'segmentMissing';
      readonly firstSegmentId: number;
      readonly lastSegmentId: number;
      /** Its rows, where the file of heads still knows them. */
      readonly firstAuditId: number | null;
      readonly lastAuditId: number | null;
    }
  | { readonly kind: 'chainBroken'; readonly segmentId: number }
  | { readonly kind: 'signatureWrong'; readonly segmentId: number }
  | { readonly kind: 'keyUnknown'; readonly segmentId: number; readonly keyId: string }
  | { readonly kind: 'rowNotPruned'; readonly auditId: number }
  | { readonly kind: 'pruningForged'; readonly segmentId: number }
  | { readonly kind: 'headsFileMissing' }
  | { readonly kind: 'headUnreadable'; readonly line: number }
  | { readonly kind: 'headDiffers'; readonly segmentId: number; readonly line: number }
  | { readonly kind: 'headMissing'; readonly firstSegmentId: number; readonly lastSegmentId: number }
  | { readonly kind: 'unreadable'; readonly part: UnreadablePart }
  | NumberFinding;

export type UnreadablePart = 'unsealed' | 'pruning' | 'segments' | 'heads' | 'numbers';

interface OfToken {
  readonly serviceId: string;
  readonly tokenId: string;
}

export type NumberFinding =
  | (OfToken & { readonly kind: 'numberMissing'; readonly firstNumber: number; readonly lastNumber: number })
  | (OfToken & { readonly kind: 'numberRepeated'; readonly number: number })
  | (OfToken & { readonly kind: 'numberUnknown'; readonly firstNumber: number; readonly lastNumber: number })
  | (OfToken & { readonly kind: 'floorForged'; readonly number: number })
  /** `auditId` should be named by the token's next accepted row, or by the token; null: none. `namedId` is; 0: none. */
  | (OfToken & { readonly kind: 'acceptedSkipped'; readonly auditId: number | null; readonly namedId: number })
  /** So many accepted rows from `auditId` on are of a user who has no assignment of the token. */
  | (OfToken & { readonly kind: 'acceptedUnlisted'; readonly auditId: number; readonly rows: number })
  | (OfToken & { readonly kind: 'tokenUnknown'; readonly rows: number });

/** Each kind in a sentence for whoever runs the verifier. */
export const findingSentences: Readonly<Record<Finding['kind'], { readonly en: string; readonly ja: string }>> = {
  rowEdited: { en: 'the row was changed after it was sealed', ja: '封印後に行が書き換えられています' },
  rowMissing: { en: 'the row was deleted after it was sealed', ja: '封印後に行が削除されています' },
  rowInserted: {
    en: 'the row was added among rows that were sealed before',
    ja: '封印済みの範囲に行が追加されています',
  },
  segmentEdited: { en: 'the segment was changed', ja: 'セグメントが書き換えられています' },
  segmentMissing: { en: 'segments are not in the database', ja: 'セグメントがデータベースにありません' },
  chainBroken: {
    en: 'the segment does not follow the one before it',
    ja: 'セグメントが直前のセグメントとつながっていません',
  },
  signatureWrong: { en: 'the segment is not signed by our key', ja: 'セグメントの署名が正しくありません' },
  keyUnknown: { en: 'the key of the signature is not in the key file', ja: '署名の鍵が鍵ファイルにありません' },
  rowNotPruned: {
    en: 'the row stands where all rows were pruned: it was brought back or added',
    ja: '整理済みの範囲に行があります(戻されたか追加されています)',
  },
  pruningForged: {
    en: 'what says that rows were pruned is not signed by our key, or does not fit its segment',
    ja: '整理の記録の署名が正しくないか、セグメントと一致しません',
  },
  floorForged: {
    en: 'what says that rows of the token were pruned was not made with our key',
    ja: 'トークンの整理の記録が正しい鍵で作られていません',
  },
  headsFileMissing: { en: 'the file of heads is not there', ja: 'ヘッドのファイルがありません' },
  headUnreadable: { en: 'the line in the file of heads is none', ja: 'ヘッドのファイルに読めない行があります' },
  headDiffers: {
    en: 'the file of heads has another head for the segment',
    ja: 'ヘッドのファイルの記録がセグメントと一致しません',
  },
  headMissing: {
    en: 'the file of heads lacks these segments',
    ja: 'ヘッドのファイルにこのセグメントの記録がありません',
  },
  numberMissing: { en: 'rows of the token are not there', ja: 'トークンの通し番号が欠けています' },
  numberRepeated: { en: 'two rows of the token have this number', ja: 'トークンの通し番号が重複しています' },
  numberUnknown: {
    en: 'rows have numbers that the token never gave',
    ja: 'トークンが発行していない通し番号の行があります',
  },
  unreadable: {
    en: 'a number here is larger than any that was written; the rest of this part was not checked',
    ja: '読み取れない大きさの数値があり、この部分の残りは検証していません',
  },
  acceptedSkipped: {
    en: 'the token or its next accepted row names another row than the accepted one before: lists of its user leave rows out',
    ja: 'トークンまたは次の承認行が直前の承認行とは別の行を指しています(利用者の一覧から行が漏れます)',
  },
  acceptedUnlisted: {
    en: 'nothing says any more that the user of these accepted rows had the token: lists of that user leave them out',
    ja: '承認行の利用者がこのトークンを持っていた記録がありません(利用者の一覧から行が漏れます)',
  },
  tokenUnknown: { en: 'rows name a token that does not exist', ja: '存在しないトークンの行があります' },
};
