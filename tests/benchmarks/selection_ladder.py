def ladder(*_):
    return {}
