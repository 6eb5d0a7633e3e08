import { useState } from 'hono/jsx/dom';
import { lockCodePattern, normaliseDigits } from '../../../shared/digits.ts';
import { weaknessOf } from '../../lock-code-strength.ts';
import { strengthOf } from '../../ui/format.ts';
import { Check, Field, textOf } from '../../ui/parts.tsx';
import { type Text, useText } from './text.ts';

/** What is wrong with a new lock code, and at which field. */
export interface WrongLockCode {
  readonly field: string;
  readonly text: string;
}

/** The new lock code of the fields named so, or what is wrong with it. */
export function readNewLockCode(text: Text, name: string): string | WrongLockCode {
  const lockCode = normaliseDigits(textOf(name));
  if (lockCode === '') return { field: name, text: text.lock.missing };
  if (!lockCodePattern.test(lockCode)) return { field: name, text: text.lock.notDigits };
  if (normaliseDigits(textOf(`${name}Again`)) !== lockCode) {
    return { field: `${name}Again`, text: text.setUp.lockCodesDiffer };
  }
  return lockCode;
}

interface NewLockCodeProps {
  /** Id of the first field; the second one's ends in `Again`. */
  readonly name: string;
  readonly label: string;
  readonly labelAgain: string;
  readonly wrong: WrongLockCode | null;
}

/** A new lock code twice, and how strong it is. */
export function NewLockCode({ name, label, labelAgain, wrong }: NewLockCodeProps) {
  const text = useText();
  const [lockCode, setLockCode] = useState('');
  const [shown, setShown] = useState(false);
  const digits = normaliseDigits(lockCode);
  const weakness = weaknessOf(digits);
  const strength = lockCodePattern.test(digits) ? strengthOf(digits, weakness !== null) : null;
  const type = shown ? 'text' : 'password';
  const wrongText = (field: string) => (wrong?.field === field ? wrong.text : null);
  return (
    // No fragment: what is moved on the page when one is drawn anew loses the focus.
    <div class="stack">
      <Field id={name} label={label} type={type} digits maxLength={64} error={wrongText(name)} onInput={setLockCode}>
        <div role="status" class="small">
          {strength === null ? null : (
            <div class="stack tight">
              <div class="strength">
                <span class={`bars ${strength}`} aria-hidden="true">
                  <span />
                  <span />
                  <span />
                </span>
                <span>{text.setUp.strength(strength)}</span>
              </div>
              {weakness === null ? null : <p>{text.appLock.weak(weakness)}</p>}
            </div>
          )}
        </div>
      </Field>
      <Field
        id={`${name}Again`}
        label={labelAgain}
        type={type}
        digits
        maxLength={64}
        error={wrongText(`${name}Again`)}
      />
      <Check id={`${name}Shown`} label={text.setUp.showDigits} on={shown} onChange={setShown} />
    </div>
  );
}
