import { describe, expect, it } from 'vitest';
import { appendOrigin } from '../../src/protocol/origin.ts';
import { createScanner } from '../../src/protocol/scan.ts';

const ROOM = 64;

/** The tag section of a line, with its origin. */
function sectionOf(line: string, room = ROOM): string {
  const text = Buffer.from(line);
  const bytes = Buffer.concat([text, Buffer.alloc(room)]);
  const scanner = createScanner(4096);
  expect(scanner.read(bytes, 0, text.length, 'dogstatsd')).toBeUndefined();
  const { scan } = scanner;
  appendOrigin(scan, bytes, text.length, bytes.length);
  return bytes.toString('utf8', scan.tagStart, scan.tagEnd);
}

describe('tags of where a client runs', () => {
  it.each([
    ['m:1|c', ''],
    ['m:1|c|#a:1', 'a:1'],
    ['m:1|g|c:1234567890abcdef', 'container_id:1234567890abcdef'],
    ['m:1|g|c:1234567890abcdef|#a:1', 'a:1,container_id:1234567890abcdef'],
    ['m:1|c|c:ci-abc', 'container_id:abc'],
    ['m:1|c|c:cid-abc', 'container_id:abc'],
    ['m:1|c|c:ci-abc,in-4242', 'container_id:abc,cgroup_inode:4242'],
    ['m:1|c|c:in-4242', 'cgroup_inode:4242'],
    ['m:1|c|c:in-xyz', ''],
    ['m:1|c|c:', ''],
    ['m:1|c|c:a b', ''],
    ['m:1|c|c:\u00e9', ''],
    [`m:1|c|c:${'x'.repeat(129)}`, ''],
    ['m:1|c|c:one|c:two', 'container_id:two'],
    ['m:1|c|e:it-false,cn-web,pu-uid-1', 'container_name:web,pod_uid:uid-1'],
    ['m:1|c|e:pu-uid-1,cn-web|#dd.internal.entity_id:UID', 'dd.internal.entity_id:UID,container_name:web,pod_uid:UID'],
    ['m:1|c|#dd.internal.entity_id:UID,x', 'dd.internal.entity_id:UID,x,pod_uid:UID'],
    ['m:1|c|c:abc|#dd.internal.entity_id:none', 'dd.internal.entity_id:none'],
    ['m:1|c|c:abc|card:none', ''],
    ['m:1|c|c:abc|#dd.internal.card:none', 'dd.internal.card:none'],
    ['m:1|c|c:abc|card:high|#dd.internal.card:none', 'dd.internal.card:none,container_id:abc'],
    ['m:1|c|card:low', ''],
    // Not the second value of a type c.
    ['m:1|c:2|c|c:abc', 'container_id:abc'],
    ['c:x|s|c:abc', 'container_id:abc'],
  ])('%s: %s', (line, section) => {
    expect(sectionOf(line)).toBe(section);
  });

  it('are left out where there is no room', () => {
    expect(sectionOf('m:1|c|c:abc|#a', 17)).toBe('a');
    expect(sectionOf('m:1|c|c:abc|#a', 18)).toBe('a,container_id:abc');
  });

  it('leave bytes of tags that are no UTF-8 as they are', () => {
    const text = Buffer.from('m:1|c|c:abc|#\xff', 'latin1');
    const bytes = Buffer.concat([text, Buffer.alloc(ROOM)]);
    const { scan, read } = createScanner(4096);
    read(bytes, 0, text.length, 'dogstatsd');
    appendOrigin(scan, bytes, text.length, bytes.length);
    expect(bytes.toString('latin1', scan.tagStart, scan.tagEnd)).toBe('\xff,container_id:abc');
  });
});
