import { about, besides, exitCodes, optionRows, type Program, paragraphs, ways } from './help.ts';
import type { Flags } from './io.ts';

/** The manual in roff (`man -l`): of what `--help` says. */
export function manual({ commands, flags }: Program, version: string): string {
  const forms = [...ways, ...[...commands.values()].map(({ usage }) => [usage, ''] as const), ...besides];
  return `.\\" Made from what "statsdrain --help" says.
.TH STATSDRAIN 1 "" "statsdrain ${escaped(version)}" "User Commands"
.SH NAME
statsdrain \\- server for StatsD metrics
.SH SYNOPSIS
${forms.map(([usage]) => `.B statsdrain\n${line(usage)}\n`).join('.br\n')}.SH DESCRIPTION
${paragraph(about)}${paragraphs.map((text) => `.PP\n${paragraph(text)}`).join('')}.SH OPTIONS
${options(flags)}.SH COMMANDS
${[...commands]
  .map(
    ([verb, command]) => `.SS ${verb}
.B statsdrain
${line(command.usage)}
.PP
${line(`${command.summary}.`)}
${prose(command.about)}${options(command.options)}${examples(command.examples)}`,
  )
  .join('')}.SH "EXIT STATUS"
${exitCodes.map(([code, text]) => `.TP\n.B ${code}\n${line(text)}\n`).join('')}.SH ENVIRONMENT
.TP
.B NO_COLOR
${line('no colours are written where it is set to anything but nothing')}
.TP
.B STATSDRAIN_TOKEN
${line('the token for a server that is given as a URL')}
`;
}

function options(flags: Flags): string {
  return optionRows(flags)
    .map(([name, says]) => `.TP\n.B ${escaped(name)}\n${line(says)}\n`)
    .join('');
}

/** Paragraphs, and rows of words with what they mean. */
function prose(text: string): string {
  return text
    .trimEnd()
    .split('\n\n')
    .map((part) => {
      const rows = part.split('\n').map((row) => /^ +(\S+(?: \S+)*) {2,}(.*)$/.exec(row));
      if (rows.every((row) => row !== null))
        return rows.map(([, word = '', says = '']) => `.TP\n.B ${escaped(word)}\n${line(says)}\n`).join('');
      return `.PP\n${paragraph(part)}`;
    })
    .join('');
}

function examples(text: string): string {
  if (text === '') return '';
  const lines = text.trimEnd().split('\n');
  return `.PP\n.nf\n.RS 4\n${lines.map((one) => `${line(one.trim())}\n`).join('')}.RE\n.fi\n`;
}

function paragraph(text: string): string {
  return `${text
    .trimEnd()
    .split('\n')
    .map((one) => line(one.trim()))
    .join('\n')}\n`;
}

/** A line of text, which is no request whatever it begins with. */
function line(text: string): string {
  return /^['.]/.test(text) ? `\\&${escaped(text)}` : escaped(text);
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\(rs')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga');
}
