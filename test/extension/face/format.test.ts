import { expect, test } from 'vitest';
import {
  durationText,
  groupsOf,
  momentText,
  remainingText,
  secondsUntil,
  strengthOf,
} from '../../../extension/ui/format.ts';

test('groups a code as people read it and loses no digit', () => {
  expect(groupsOf('071592')).toEqual(['071', '592']);
  expect(groupsOf('0715926')).toEqual(['071', '5926']);
  expect(groupsOf('07159264')).toEqual(['0715', '9264']);
});

test('writes the remaining time as the manuals do', () => {
  expect([60, 58, 7, 0].map(remainingText)).toEqual(['[1:00]', '[0:58]', '[0:07]', '[0:00]']);
});

test('counts a begun second and never goes below 0', () => {
  expect(secondsUntil(60_000, 0)).toBe(60);
  expect(secondsUntil(60_000, 1)).toBe(60);
  expect(secondsUntil(60_000, 1000)).toBe(59);
  expect(secondsUntil(60_000, 59_999)).toBe(1);
  expect(secondsUntil(60_000, 90_000)).toBe(0);
});

test('says a time in its two greatest units', () => {
  expect(durationText(602, 'ja')).toBe('10 分 2 秒');
  expect(durationText(602, 'en')).toBe('10 minutes 2 seconds');
  expect(durationText(61, 'en')).toBe('1 minute 1 second');
  expect(durationText(3600, 'ja')).toBe('1 時間');
  expect(durationText(90_061, 'ja')).toBe('1 日 1 時間');
  expect(durationText(0, 'en')).toBe('0 seconds');
});

test('writes an expiry in Japan time, to the minute', () => {
  const atMs = Date.UTC(2029, 2, 31, 14, 59);
  expect(momentText(atMs, 'ja')).toBe('2029年03月31日 23時59分');
  expect(momentText(atMs, 'en')).toBe('31 March 2029, 23:59 (Japan time)');
});

test('calls a lock code that comes to mind weak, whatever its length', () => {
  expect(strengthOf('111111111111', true)).toBe('weak');
  expect(strengthOf('40715', false)).toBe('weak');
  expect(strengthOf('407159', false)).toBe('fair');
  expect(strengthOf('4071592836', false)).toBe('strong');
});
