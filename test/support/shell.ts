/** A command of a page, and the lines that the page shows after it. */
export interface Step {
  command: string;
  output: string[];
}

/** The commands of a `console` block. A command goes on after a backslash, and until the end of a here-document. */
export const stepsIn = (text: string): Step[] => {
  const steps: Step[] = [];
  let end: string | undefined;
  for (const line of text.trimEnd().split('\n')) {
    const step = steps.at(-1);
    const goesOn = end !== undefined || step?.command.endsWith('\\');
    if (step && goesOn) {
      step.command += `\n${line}`;
      if (line === end) end = undefined;
    } else if (line.startsWith('$ ')) {
      steps.push({ command: line.slice(2), output: [] });
      end = /<<'?(\w+)'?/.exec(line)?.[1];
    } else if (step) step.output.push(line);
    else throw new Error(`No command before: ${line}`);
  }
  return steps;
};

/** Matches output as a page shows it: a line `…` is any lines, `…` in a line any text, and times and counts of findings are any number. */
export const outputPattern = (lines: readonly string[]): RegExp => {
  const parts = lines.map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line
          .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
          .replaceAll('…', '.*')
          .replaceAll(/\d+(?= (?:ms|passed|to look at)\b)/g, String.raw`\d+`)}\\n`,
  );
  return new RegExp(`^${parts.join('')}`, 'm');
};
