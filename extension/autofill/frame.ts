import type { FrameDescription } from '../messages.ts';
import { isVisible } from './visible.ts';

/**
 * Where this document stands in its tab, in words that do not depend on whether the documents around it can be read:
 * its place among its parent's frames, its grandparent's and so on; and which of its own frames may hold a field.
 */
export function describeFrame(window: Window): FrameDescription {
  const path: number[] = [];
  for (let inner = window; inner !== inner.parent; inner = inner.parent) {
    path.unshift(indexIn(inner.parent, inner));
  }
  const elements = [...window.document.querySelectorAll<HTMLIFrameElement>('iframe, frame')];
  const open = elements.filter((frame) => !frame.hasAttribute('sandbox') && isVisible(frame));
  const usable = open.flatMap(({ contentWindow }) => (contentWindow ? [indexIn(window, contentWindow)] : []));
  return { origin: window.origin, path, usable: usable.filter((index) => index >= 0) };
}

/** -1 for a frame in a shadow root, which its parent does not count. */
function indexIn(parent: Window, child: Window): number {
  for (let index = 0; index < parent.length; index++) if (parent[index] === child) return index;
  return -1;
}
