/** A name in the abstract namespace of Linux, unix(7): no file stands for it, and it is gone with its socket. */
export function isAbstract(path: string): boolean {
  return path.startsWith('@');
}

/** How Node and the kernel write it. */
export function nodePath(path: string): string {
  return isAbstract(path) ? `\0${path.slice(1)}` : path;
}

/** Why it cannot be listened on. */
export function abstractError(error: unknown, path: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'EADDRINUSE' ? 'another process listens there; stop it, or set "path" to another name' : message;
  return new Error(`cannot listen on "${path}": ${reason}`, { cause: error });
}
