import type { Draft } from './draft.ts';
import type { Original } from './schema.ts';

/** The admin interface and what concerns the whole process. */
export function mapProcess(original: Original, draft: Draft): void {
  draft.set(['admin', 'host'], original.mgmt_address ?? '127.0.0.1', ['mgmt_address']);
  draft.set(['admin', 'port'], original.mgmt_port ?? 8126, ['mgmt_port']);
  if (original.mgmt_address === undefined) {
    draft.note(
      'mgmt_address: the admin interface listens on 127.0.0.1, not on all interfaces as in the original; "mgmt_address" opens it.',
    );
  }
  if (typeof original.title === 'string') draft.set(['title'], original.title, ['title']);
  draft.set(['watch'], original.automaticConfigReload ?? true, ['automaticConfigReload']);
  if (original.debug) {
    draft.note('debug: statsdrain logs what matters without it; modules still find it in their configuration.');
  }
  if (original.log !== undefined) mapLog(original.log, draft);
}

function mapLog({ backend, application, level }: NonNullable<Original['log']>, draft: Draft): void {
  if (backend === 'syslog') {
    draft.note('log.backend: logs go to standard error, not to syslog; systemd or "logger" takes them there.');
  } else if (application === undefined && level === undefined) {
    draft.note('log: logs go to standard error, not to standard output.');
  }
  if (application !== undefined || level !== undefined) {
    draft.note('log: "application" and "level" are for syslog and have no effect.');
  }
}
