"""Photos in folders, thousands of them: what each is taken for, written to files or sorted into folders."""
