/** A decision: `ok` with its value, or a reason from a closed set. Programmer's errors throw instead. */
export type Result<Value, Reason extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function err<const Reason extends string>(reason: Reason): { readonly ok: false; readonly reason: Reason } {
  return { ok: false, reason };
}

/** Closes a switch over a union: the compiler refuses a case that is left out. */
export function unreachable(value: never): never {
  throw new Error(`not a case that exists: ${String(value)}`);
}
