"""Photos in folders, thousands of them: what each is predicted as, written to files or sorted into folders."""
