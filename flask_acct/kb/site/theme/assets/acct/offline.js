// A page opened from a folder may start no worker. This does a worker's work in a frame of the page instead.
// The theme looks for the name IFrameWorker to know that it runs in one.
window.acctWorker = window.IFrameWorker = class extends EventTarget {
  constructor(url) {
    super();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    this.ready = new Promise((resolve) => {
      frame.addEventListener("load", async () => {
        const inside = frame.contentWindow;
        inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        inside.importScripts = async (...urls) => {
          for (const one of urls) await this.load(inside, one);
        };
        await this.load(inside, url);
        resolve(inside);
      });
    });
    document.body.append(frame);
  }

  load(inside, url) {
    return new Promise((resolve, reject) => {
      const script = inside.document.createElement("script");
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      script.src = url;
      inside.document.head.append(script);
    });
  }

  postMessage(data) {
    this.ready.then((inside) => inside.dispatchEvent(new inside.MessageEvent("message", { data })));
  }
};
