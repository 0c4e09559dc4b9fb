import { BRACKET, blankAfter, COLON, DOT, HEXADECIMAL, isDigit, MINUS, SLASH, SPACE } from './characters.ts';
import { type Scan, unquoted } from './scan.ts';

/**
 * True for a line as web servers write it of each request: the common and the combined log format of Apache, nginx and morgan, the short one
 * of morgan, those of HAProxy and Envoy, and the error logs of Apache and nginx. User name, request, referrer and other headers are what a
 * visitor wrote, with quotes that are not always escaped, and a sender may have cut the line in any of them: nothing of it says where
 * they end.
 */
export function isAccessLog(scan: Scan, start: number, end: number): boolean {
  const { bytes } = scan;
  return (
    startsWithAddress(bytes, start, end) ||
    isErrorLog(bytes, start, end) ||
    hasDate(scan, start, end) ||
    hasRequestLine(scan, start, end)
  );
}

/** `2024/05/01 10:00:01 [error] ` of nginx, `[Wed May 01 10:00:01.123456 2024] [core:error] ` of Apache. */
function isErrorLog(bytes: Uint8Array, start: number, end: number): boolean {
  const at = (offset: number) => bytes[start + offset]!;
  if (end - start < 24) return false;
  if (at(0) === BRACKET) return at(4) === SPACE && at(8) === SPACE && at(14) === COLON && at(17) === COLON;
  return at(4) === SLASH && at(7) === SLASH && at(10) === SPACE && at(13) === COLON && at(20) === BRACKET;
}

/** `[10/Oct/2000:13:55:36 -0700] "`, or at the beginning of a line `[2000-10-10T13:55:36.123Z] "` */
function hasDate(scan: Scan, start: number, end: number): boolean {
  const { bytes } = scan;
  for (let close = scan.request.next(start); close < end; close = scan.request.next(close + 1)) {
    if (bytes[start] === BRACKET && close - start > 11 && bytes[start + 5] === MINUS && bytes[start + 8] === MINUS) {
      return true;
    }
    const open = close - 27;
    if (
      open >= start &&
      bytes[open] === BRACKET &&
      isDigit(bytes[open + 1]!) &&
      bytes[open + 3] === SLASH &&
      bytes[open + 7] === SLASH &&
      bytes[open + 12] === COLON
    ) {
      return true;
    }
  }
  return false;
}

/** ` HTTP/1` that is not inside of quotes. Those of a user name may be left open. */
function hasRequestLine(scan: Scan, start: number, end: number): boolean {
  const { bytes } = scan;
  let clear = start;
  let at = scan.protocol.next(start);
  for (; at < end; at = scan.protocol.next(Math.max(at + 1, clear))) {
    if (at === start || bytes[at - 1] !== SPACE || !isDigit(bytes[at + 5] ?? 0)) continue;
    clear = unquoted(scan, clear, at, end + 1);
    if (clear === at || clear > end) return true;
  }
  return false;
}

/** `203.0.113.9 `, `203.0.113.9:33313 `, `::1 `, or such an address after a virtual host and before ` - `. */
function startsWithAddress(bytes: Uint8Array, start: number, end: number): boolean {
  const first = blankAfter(bytes, start, end);
  if (first === end) return false;
  if (isAddress(bytes, start, first)) return true;
  const second = blankAfter(bytes, first + 1, end);
  return bytes[second + 1] === MINUS && second + 1 < end && isAddress(bytes, first + 1, second);
}

/** Characters: an IPv6 address that holds one of IPv4. */
const LONGEST_ADDRESS = 45;

function isAddress(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || end - start > LONGEST_ADDRESS) return false;
  let dots = 0;
  let colons = 0;
  let letters = 0;
  let isShortened = false;
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    if (code === DOT) dots++;
    else if (code === COLON) {
      colons++;
      isShortened ||= at > start && bytes[at - 1] === COLON;
    } else if (HEXADECIMAL[code] === 0) return false;
    else if (!isDigit(code)) letters++;
  }
  // A time such as 10:00:01 is none.
  return colons <= 1 ? dots === 3 && letters === 0 : isShortened || colons === 7;
}
