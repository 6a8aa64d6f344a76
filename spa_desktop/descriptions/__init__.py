"""Who writes descriptions: the offline writer, OpenAI, a file. One interface for all: :class:`model.Writer`."""
