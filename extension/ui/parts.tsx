import type { Child } from 'hono/jsx';
import { useLayoutEffect, useRef } from 'hono/jsx/dom';

interface ButtonProps {
  readonly id?: string;
  readonly kind?: 'main' | 'plain' | 'danger';
  readonly full?: boolean;
  /** A busy button stays in the focus order and does nothing. */
  readonly busy?: boolean;
  readonly submit?: boolean;
  readonly describedBy?: string;
  /** Its name where the text alone does not tell which one it is. */
  readonly label?: string;
  readonly onPress?: () => void;
  readonly children: Child;
}

export function Button({ id, kind, full, busy, submit, describedBy, label, onPress, children }: ButtonProps) {
  return (
    <button
      {...(id === undefined ? {} : { id })}
      type={submit ? 'submit' : 'button'}
      class={`button ${kind ?? ''} ${full ? 'full' : ''}`}
      aria-disabled={busy ? 'true' : undefined}
      aria-describedby={describedBy}
      aria-label={label}
      onClick={(event: Event) => {
        if (busy) event.preventDefault();
        else onPress?.();
      }}
    >
      {children}
    </button>
  );
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** Shown under the field, tied to it and announced. */
  readonly error?: string | null | undefined;
  readonly errorId?: string | undefined;
  readonly type?: 'text' | 'password' | undefined;
  readonly digits?: boolean | undefined;
  readonly rows?: number | undefined;
  readonly value?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly onInput?: ((text: string) => void) | undefined;
  readonly children?: Child;
}

/**
 * A labelled field. It keeps its own text: `value` is only what it starts with, so that no secret is ever written into
 * an attribute. Read it with `textOf`, change it with `fillIn`.
 */
export function Field(props: FieldProps) {
  const { id, label, hint, error } = props;
  const errorId = props.errorId ?? `${id}-error`;
  const described = [hint ? `${id}-hint` : '', error ? errorId : ''].filter(Boolean).join(' ');
  const shared = {
    id,
    class: `input ${props.digits ? 'digits' : ''}`,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    'aria-invalid': error ? 'true' : undefined,
    'aria-describedby': described || undefined,
    maxlength: props.maxLength,
    onInput: (event: Event) => props.onInput?.((event.currentTarget as HTMLInputElement).value),
  } as const;
  const start = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  useLayoutEffect(() => {
    if (props.value !== undefined && start.current) start.current.value = props.value;
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? (
        <p id={`${id}-hint`} class="small quiet">
          {hint}
        </p>
      ) : null}
      {props.rows === undefined ? (
        <input {...shared} ref={start} type={props.type ?? 'text'} inputmode={props.digits ? 'numeric' : undefined} />
      ) : (
        <textarea {...shared} ref={start} rows={props.rows} />
      )}
      {props.children}
      <FieldError id={errorId} text={error ?? null} />
    </div>
  );
}

/** The place of an error: always there, so that assistive technology announces what comes into it. */
export function FieldError({ id, text }: { readonly id: string; readonly text: string | null }) {
  return (
    <p id={id} class="error" role="alert" hidden={!text}>
      {text ?? ''}
    </p>
  );
}

export function textOf(id: string): string {
  const element = document.getElementById(id);
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.value : '';
}

export function fillIn(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) element.value = text;
}

/**
 * Moves the focus once the coming render is on the page, unless the person has moved it meanwhile. A timer and no frame:
 * a tab that is not in front draws none.
 */
export function focusSoon(find: string | (() => HTMLElement | null)): void {
  const before = document.activeElement;
  setTimeout(() => {
    const now = document.activeElement;
    if (now !== before && now !== null && now !== document.body) return;
    const element = typeof find === 'string' ? document.getElementById(find) : find();
    element?.focus();
  });
}

interface CheckProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly on: boolean;
  readonly asSwitch?: boolean;
  readonly onChange: (on: boolean) => void;
}

/** A checkbox, or a switch for what takes effect at once. */
export function Check({ id, label, hint, on, asSwitch, onChange }: CheckProps) {
  return (
    <div>
      <label class="check" for={id}>
        <input
          id={id}
          type="checkbox"
          role={asSwitch ? 'switch' : undefined}
          checked={on}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onClick={(event: Event) => onChange((event.currentTarget as HTMLInputElement).checked)}
        />
        <span>{label}</span>
      </label>
      {hint ? (
        <p id={`${id}-hint`} class="small quiet">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

interface NoticeProps {
  readonly id?: string;
  readonly kind?: 'warning' | 'wrong' | 'good';
  readonly title?: string;
  readonly children?: Child;
}

export function Notice({ id, kind, title, children }: NoticeProps) {
  return (
    <div {...(id === undefined ? {} : { id })} class={`notice ${kind ?? ''}`}>
      {title ? <p class="title">{title}</p> : null}
      {children}
    </div>
  );
}

interface HeadingProps {
  readonly id?: string;
  readonly children: Child;
  readonly level: 1 | 2 | 3;
  readonly focus?: boolean;
}

/**
 * A view's heading. It takes the focus when the view appears, so that the change is read and Tab goes on from here;
 * where somebody was quicker and types in a field already, it leaves it there.
 */
export function Heading({ id, children, level, focus }: HeadingProps) {
  const element = useRef<HTMLHeadingElement | null>(null);
  useLayoutEffect(() => {
    // Not yet on the page while effects run.
    if (focus) focusSoon(() => element.current);
  }, []);
  const Tag = ({ 1: 'h1', 2: 'h2', 3: 'h3' } as const)[level];
  return (
    <Tag {...(id === undefined ? {} : { id })} ref={element} tabindex={focus || level === 1 ? -1 : undefined}>
      {children}
    </Tag>
  );
}
