"""Photos on the screen: the canvas with patches over it, colour maps, small pictures, and questions about one photo."""
