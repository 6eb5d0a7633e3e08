import type * as z from 'zod';

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
};

const units: Readonly<Record<string, string>> = { string: 'character', array: 'item', tuple: 'item' };

function amount(count: number | bigint, origin: string): string {
  const unit = units[origin];
  return unit === undefined ? String(count) : `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** What is expected in place of a wrong value: in the words of its schema, or plain ones in place of Zod's. Never the value. */
export function expectedOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expects ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expects ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expects at least ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expects at most ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return `expects ${issue.pattern !== undefined && issue.format === 'regex' ? `a text that matches ${issue.pattern}` : issue.format}`;
    default:
      return issue.message;
  }
}
