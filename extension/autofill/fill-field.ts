import { normaliseDigits } from '../../shared/digits.ts';

/**
 * Puts the code into the field as typing does: focus, `beforeinput`, the value by the browser's own setter (page
 * frameworks replace it on the element), `input`, `change`. False where the page did not keep it; a page may group
 * the digits.
 */
export async function fillField(field: HTMLInputElement, code: string): Promise<boolean> {
  field.focus({ preventScroll: true });
  const details = { bubbles: true, composed: true, inputType: 'insertText', data: code };
  if (!field.dispatchEvent(new InputEvent('beforeinput', { ...details, cancelable: true }))) return false;
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
  setter?.call(field, code);
  field.dispatchEvent(new InputEvent('input', details));
  field.dispatchEvent(new Event('change', { bubbles: true, composed: true }));
  // Frameworks that put their own value back do so after the event.
  await new Promise((resolve) => setTimeout(resolve, 0));
  return field.isConnected && normaliseDigits(field.value) === code;
}
