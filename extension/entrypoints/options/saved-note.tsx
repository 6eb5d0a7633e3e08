import { useText } from './text.ts';

/** Whether a setting was kept; null before one was changed in this section. */
export type Saved = 'saved' | 'saveFailed' | null;

export function SavedNote({ id, saved }: { readonly id: string; readonly saved: Saved }) {
  const text = useText();
  return (
    <p id={id} role="status" class={`small ${saved === 'saveFailed' ? 'error' : 'done'}`}>
      {saved === null ? '' : text.settings[saved]}
    </p>
  );
}
