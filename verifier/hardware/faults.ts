import {
  type SeedFileReason as FileReason,
  seedFileReasons as fileReasons,
  type SeedRecordReason as RecordReason,
  seedRecordReasons as recordReasons,
} from '../../shared/wire-hardware.ts';

export { type FileReason, fileReasons, type RecordReason, recordReasons };
export type RefusalReason = FileReason | RecordReason;

/** One record could not be read; the others can. */
export class RecordFault extends Error {
  override readonly name = 'RecordFault';
  readonly reason: RecordReason;

  constructor(reason: RecordReason) {
    super(reason);
    this.reason = reason;
  }
}

/** The file cannot be relied on. Its message holds nothing of what the file says. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly reason: FileReason;
  /** The record at which it showed, from 1; null where none was reached. */
  readonly record: number | null;
  readonly serial: string | null;

  constructor(reason: FileReason, record: number | null = null, serial: string | null = null) {
    super(record === null ? reason : `${reason} at record ${record}`);
    this.reason = reason;
    this.record = record;
    this.serial = serial;
  }

  /** The same fault, with the record where it showed. */
  at(record: number, serial: string | null): FileFault {
    return this.record === null ? new FileFault(this.reason, record, serial) : this;
  }
}
