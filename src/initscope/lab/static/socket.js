// The connection to this page's process. The newest question wins; while a slider moves, pictures
// of older ones are shown as they come. A lost connection comes back, and what was asked last is
// asked again.

const SLOWEST = 4000;

export class Socket {
  constructor(onState) {
    this.onState = onState;
    this.id = 0;
    this.asked = new Map(); // by job: the newest question
    this.open = new Map(); // by id: questions without their last answer
    this.delay = 250;
    this.connect();
  }

  // Parts arrive at part[name](data); the end at done(), dropped(), or refused(message, field).
  ask(job, params, answers) {
    this.id += 1;
    this.asked.set(job, { id: this.id, job, params, answers });
    this.open.set(this.id, this.asked.get(job));
    this.send(job);
    return this.id;
  }

  // Answers to what was asked so far are of no use any more.
  forget() {
    this.asked.clear();
    this.open.clear();
  }

  connect() {
    const address = new URL("socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.hash = "";
    this.socket = new WebSocket(address);
    this.socket.onopen = () => {
      this.delay = 250;
      this.onState("open");
      for (const [job, { id }] of this.asked) if (this.open.has(id)) this.send(job);
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
    const question = this.open.get(answer.id);
    if (!question) return;
    const { job, answers } = question;
    if (answer.kind === "part") {
      answers.part[answer.name]?.(answer.data);
      return;
    }
    this.open.delete(answer.id);
    if (this.asked.get(job) !== question) return;
    if (answer.kind === "refused") answers.refused(answer.message, answer.field);
    else answers[answer.kind]?.();
  }
}
