"""HTTP: fetch from what is visible, bind, one service, refusal on the form, render."""
