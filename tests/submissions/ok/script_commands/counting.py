def images(source):
    return len(list(source.glob("test/*/*")))
