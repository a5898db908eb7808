// The connection to this page's process. The newest question wins; a lost connection comes back,
// and what was asked last is asked again.

const SLOWEST = 4000;

export class Socket {
  constructor(onState) {
    this.onState = onState;
    this.id = 0;
    this.asked = new Map(); // by job: the newest question alone
    this.delay = 250;
    this.connect();
  }

  // Parts arrive at part[name](data); the end at done(), or refused(message, field).
  ask(job, params, answers) {
    this.id += 1;
    this.asked.set(job, { id: this.id, job, params, answers });
    this.send(job);
    return this.id;
  }

  connect() {
    const address = new URL("socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.hash = "";
    this.socket = new WebSocket(address);
    this.socket.onopen = () => {
      this.delay = 250;
      this.onState("open");
      for (const job of this.asked.keys()) this.send(job);
    };
    this.socket.onmessage = (event) => this.take(JSON.parse(event.data));
    this.socket.onclose = () => {
      this.onState("lost");
      setTimeout(() => this.connect(), this.delay);
      this.delay = Math.min(2 * this.delay, SLOWEST);
    };
  }

  send(job) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const { id, params } = this.asked.get(job);
    this.socket.send(JSON.stringify({ id, job, params }));
  }

  take(answer) {
    if (answer.id == null) {
      this.onState("refused", answer.message);
      return;
    }
    const question = [...this.asked.values()].find((each) => each.id === answer.id);
    if (!question) return;
    const { answers } = question;
    if (answer.kind === "part") {
      answers.part[answer.name]?.(answer.data);
      return;
    }
    question.answered = true;
    if (answer.kind === "done") answers.done?.();
    if (answer.kind === "refused") answers.refused(answer.message, answer.field);
  }
}
