import { isOfToken } from './authorize.ts';
import type { FrameDescription } from './messages.ts';

/** A document in a tab, as the browser names it. */
export interface FrameAddress {
  readonly tabId: number;
  readonly frameId: number;
  /** Null where the browser does not number documents. */
  readonly documentId: string | null;
}

/** A document of a tab that our content script runs in, and what the script says of its place in the tab. */
export interface Frame extends FrameAddress, FrameDescription {}

/**
 * The frames that a token of these origins may fill: those whose every ancestor, and they themselves, are of the
 * origins, and in which each frame is shown and not sandboxed. A document that is missing in the list, since the
 * browser does not let us see it, closes the way to all that it holds.
 */
export function framesFor(origins: readonly string[], frames: readonly Frame[]): Frame[] {
  const byPath = new Map(frames.map((frame) => [frame.path.join(), frame]));
  const isOpen = ({ path }: Frame): boolean =>
    path.every((index, level) => byPath.get(path.slice(0, level).join())?.usable.includes(index) === true);
  const isOwn = ({ path }: Frame): boolean =>
    [...path, -1].every((_, level) => {
      const ancestor = byPath.get(path.slice(0, level).join());
      return ancestor !== undefined && isOfToken(ancestor, origins);
    });
  return frames.filter((frame) => isOwn(frame) && isOpen(frame));
}

/** True for the same document of the same frame. */
export function isSameDocument(a: FrameAddress, b: FrameAddress): boolean {
  const numbered = a.documentId !== null && b.documentId !== null;
  return a.tabId === b.tabId && a.frameId === b.frameId && (!numbered || a.documentId === b.documentId);
}
