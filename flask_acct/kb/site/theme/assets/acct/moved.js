// On to where the article is now, to the same paragraph of it.
location.replace(document.currentScript.dataset.to + location.search + location.hash);
