import { assignmentMachine, type Call, tokenMachine } from '../rules/machines.ts';

/** A machine as a Markdown table: one row per call, one column per status, in each cell where it leads or why not. */
export function machineTable(machine: Readonly<Record<string, Call<string>>>): string {
  const calls = Object.entries(machine);
  const statuses = Object.keys(calls[0]?.[1].from ?? {});
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['call', 'who', 'through', ...statuses.map((status) => `from ${status}`)];
  const rows = calls.map(([name, call]) => {
    const cells = statuses.map((status) => {
      const cell = call.from[status];
      if (cell === undefined) throw new Error(`${name} has no cell for ${status}`);
      return 'to' in cell ? cell.to.map((to) => `**${to}**`).join(' or ') : `\`${cell.refused}\``;
    });
    return line([`\`${name}\``, call.who, call.by, ...cells]);
  });
  return [line(head), line(head.map(() => '---')), ...rows].join('\n');
}

/** Both machines for the documentation, made from the tables that the rules and the store go by. */
export function machinesText(): string {
  return [
    'A user’s status is the assignment’s, and where that is active the token’s. Bold: where a call leads; otherwise the reason of its refusal. There is no way besides.',
    '### Token',
    machineTable(tokenMachine),
    '### Assignment of a token to a user',
    '`requested` and `provisioned` show as `issued`. Called off, an issue leaves what the user had before.',
    machineTable(assignmentMachine),
  ].join('\n\n');
}
