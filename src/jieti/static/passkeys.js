// A form with data-passkey asks the browser for a passkey first and sends what it answers as `credential`.
(() => {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-passkey-failed]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      try {
        const options = JSON.parse(document.getElementById(form.dataset.options).textContent);
        const credential = await window.webauthnJSON[form.dataset.passkey](options);
        form.elements.credential.value = JSON.stringify(credential);
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  }
})();
