import { createSocket } from 'node:dgram';

/** Sends what a shop would, over UDP, until it is stopped: some 800 lines a second, and now and then one that is none. */
export function startBusyService(port: number): { stop(): void } {
  const socket = createSocket('udp4');
  const beganMs = Date.now();
  let turn = 0;
  let [due, lastMs] = [0, beganMs];
  const timer = setInterval(() => {
    // By the clock: a timer is late where the cores are busy.
    const nowMs = Date.now();
    due += ((40 + 60 * wave(20_000)) * (nowMs - lastMs)) / 1000;
    lastMs = nowMs;
    for (; due >= 1; due--) {
      const lines = Array.from({ length: 12 }, (_, index) => lineOf(turn * 12 + index));
      turn++;
      if (turn % 150 === 40) lines.push('page.views:1|count');
      if (turn % 210 === 60) lines.push('db.query:fast|ms');
      socket.send(lines.join('\n'), port, '127.0.0.1');
    }
  }, 50);
  // From 0 to 1 and back.
  const wave = (periodMs: number) => 0.5 - 0.5 * Math.cos(((Date.now() - beganMs) / periodMs) * 2 * Math.PI);

  function lineOf(number: number): string {
    const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)]!;
    const env = pick(['prod', 'prod', 'prod', 'staging']);
    switch (number % 8) {
      case 0:
      case 1:
        return `http.requests:1|c|#env:${env},route:/${pick(['cart', 'home', 'search'])},status:${pick([200, 200, 200, 404])}`;
      case 2:
        return `http.duration:${(20 + 60 * wave(30_000) + Math.random() * 20).toFixed(1)}|ms|#env:${env}`;
      case 3:
        return `db.query:${(2 + Math.random() * 6).toFixed(2)}|ms|#table:${pick(['users', 'orders', 'items'])}`;
      case 4:
        return `queue.depth:${Math.round(40 + 200 * wave(15_000))}|g|#queue:mail`;
      case 5:
        return `cache.hits:${pick([1, 1, 2])}|c|#cache:${pick(['page', 'fragment'])}`;
      case 6:
        return `users.active:${Math.floor(Math.random() * 900)}|s`;
      default:
        return number % 64 === 7
          ? `checkout.started:1|c|#user_id:${1000 + (number % 9000)}`
          : `page.views:1|c|#env:${env}`;
    }
  }

  return {
    stop() {
      clearInterval(timer);
      socket.close();
    },
  };
}
